import { parentPort } from 'node:worker_threads';

/** The real model thread, with a weakness: a pixel of 666 throws outside every try, one of 999 exits. */
parentPort?.on('message', (message) => {
  if (message === 'close') return;
  if (message.request.data.includes(999)) process.exit(3);
  if (message.request.data.includes(666)) throw new Error('the beast');
});
await import('../../build/runtime/model-worker.js');
