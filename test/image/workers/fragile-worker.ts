import { parentPort } from 'node:worker_threads';
import type { Reply } from '../../../src/image/worker-pool.ts';

/** A thread that doubles numbers and does what it is told instead when told so. */
parentPort?.on('message', (task: number | 'throw' | 'crash' | 'exit' | 'hang') => {
  if (task === 'crash') throw new Error('crashed as told');
  if (task === 'exit') process.exit(3);
  if (task === 'hang') return;
  const reply: Reply<number> =
    task === 'throw' ? { error: new Error('refused as told') } : { value: task * 2 };
  parentPort?.postMessage(reply, []);
});
