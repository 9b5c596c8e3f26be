import { parentPort } from 'node:worker_threads';

/** Stands where the thread of a worker should: takes its first shard and ends. */
parentPort?.on('message', () => process.exit(3));
