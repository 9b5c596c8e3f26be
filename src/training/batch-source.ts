import { Worker } from 'node:worker_threads';
import { entryBeside } from '../entry.ts';
import { errors, withDetails } from '../errors.ts';
import { createBatches, type Batch, type BatchOptions } from './batches.ts';
import type { BatchReply, BatchSetup } from './batch-thread.ts';

/** Where a trainer gets its batches. Whatever makes them, they are the same. */
export interface BatchSource {
  readonly perEpoch: number;
  readonly examples: number;
  make(epoch: number, number: number): Promise<Batch>;
  close(): Promise<void>;
}

/** Batches made on the calling thread when they are asked for: right where making them is cheap. */
export function createInlineSource(options: BatchOptions): BatchSource {
  const batches = createBatches(options);
  return {
    perEpoch: batches.perEpoch,
    examples: batches.examples,
    make: async (epoch, number) => batches.make(epoch, number),
    close: async () => {},
  };
}

/** How many batches are made ahead: one to take at once, one in the making. */
const AHEAD = 2;

/**
 * Batches made ahead on a thread of their own while the step before them is computed: worth it when
 * examples are augmented. The thread starts with the first batch asked for.
 */
export function createPrefetchedSource(options: BatchOptions, epochs: number): BatchSource {
  const { perEpoch, examples } = createBatches(options);
  const ordered = new Map<number, Promise<Batch>>();
  let thread: BatchThread | undefined;
  const order = (place: number): Promise<Batch> => {
    const known = ordered.get(place);
    if (known) return known;
    thread ??= startThread(options);
    const batch = thread.make(Math.floor(place / perEpoch), place % perEpoch);
    // Whoever takes it hears of a failure; until then it must not count as unhandled.
    batch.catch(() => undefined);
    ordered.set(place, batch);
    return batch;
  };
  return {
    perEpoch,
    examples,
    async make(epoch, number) {
      const place = epoch * perEpoch + number;
      const batch = order(place);
      ordered.delete(place);
      const end = Math.min(place + AHEAD, epochs * perEpoch - 1);
      for (let next = place + 1; next <= end; next += 1) void order(next);
      return batch;
    },
    async close() {
      await thread?.close();
    },
  };
}

interface BatchThread {
  make(epoch: number, number: number): Promise<Batch>;
  close(): Promise<unknown>;
}

interface Waiting {
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

function startThread({ random, ...rest }: BatchOptions): BatchThread {
  const { url, execArgv } = entryBeside(import.meta.url, 'batch-thread');
  const setup: BatchSetup = { ...rest, randomState: random.state() };
  const worker = new Worker(url, { execArgv, workerData: setup });
  // The thread answers in the order it was asked.
  const waiting: Waiting[] = [];
  let death: Error | undefined;
  const die = (cause: unknown): void => {
    death ??= withDetails(
      new errors.GLIMPSE_INTERNAL(),
      { reason: `the thread that makes batches ended: ${String(cause)}` },
      cause,
    );
    for (const { reject } of waiting.splice(0)) reject(death);
  };
  worker.on('error', die);
  worker.on('exit', die);
  worker.on('message', ({ error, batch }: BatchReply) => {
    const next = waiting.shift();
    if (batch) next?.resolve(batch);
    else next?.reject(error ?? new Error('a reply without a batch: this is our bug'));
  });
  return {
    make: (epoch, number) =>
      new Promise((resolve, reject) => {
        if (death) return reject(death);
        waiting.push({ resolve, reject });
        worker.postMessage({ epoch, number }, []);
      }),
    close: () => worker.terminate(),
  };
}
