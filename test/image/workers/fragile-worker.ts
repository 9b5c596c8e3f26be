import { serveThread } from '../../../src/threads.ts';

type Task = number | 'throw' | 'crash' | 'exit' | 'hang';

/** A thread that doubles numbers and does what it is told instead when told so. */
await serveThread<undefined, Task, number>(() => ({
  handle(task) {
    if (typeof task === 'number') return task * 2;
    if (task === 'throw') throw new Error('refused as told');
    if (task === 'exit') process.exit(3);
    if (task === 'crash') {
      setImmediate(() => {
        throw new Error('crashed as told');
      });
    }
    return new Promise<number>(() => {});
  },
}));
