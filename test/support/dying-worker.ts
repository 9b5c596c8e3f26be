import { parentPort } from 'node:worker_threads';
import type { ToThread } from '../../src/runtime/worker-protocol.ts';

/** The real model thread, with a weakness: a pixel of 666 throws outside every try, one of 999 exits. */
parentPort?.on('message', (message: ToThread) => {
  if (message.kind !== 'infer') return;
  if (message.batch.data.includes(999)) process.exit(3);
  if (message.batch.data.includes(666)) throw new Error('the beast');
});
await import('../../src/runtime/model-worker.ts');
