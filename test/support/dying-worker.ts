import { parentPort } from 'node:worker_threads';
import type { ToThread } from '../../src/threads.ts';
import type { Tensor } from '../../src/tensor.ts';

/** The real model thread, with a weakness: a pixel of 666 throws outside every try, one of 999 exits. */
parentPort?.on('message', (message: ToThread<Tensor>) => {
  if (message === 'close') return;
  if (message.request.data.includes(999)) process.exit(3);
  if (message.request.data.includes(666)) throw new Error('the beast');
});
await import('../../src/runtime/model-worker.ts');
