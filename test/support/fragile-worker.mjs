import { serveThread } from '../../build/threads.js';

/** A thread that doubles numbers and does what it is told instead when told so. */
await serveThread(() => ({
  handle(task) {
    if (typeof task === 'number') return task * 2;
    if (task === 'throw') throw new Error('refused as told');
    if (task === 'exit') process.exit(3);
    if (task === 'crash') {
      setImmediate(() => {
        throw new Error('crashed as told');
      });
    }
    return new Promise(() => {});
  },
}));
