import { readSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

/**
 * The program of a thread in a cell: it waits for the end of a pipe that only the server holds open, and ends the
 * cell then. The thread of the model cannot do that while it is inside of the model.
 */
const buffer = Buffer.alloc(1);
for (;;) {
  try {
    if (readSync(Number(workerData), buffer) === 0) break;
  } catch {
    break;
  }
}
process.kill(process.pid, 'SIGKILL');
