import { entryBeside } from '../../entry.ts';
import { startThread, type Thread } from '../../threads.ts';
import { createBatches, type Batch, type BatchOptions } from './batches.ts';
import type { BatchRequest, BatchSetup } from './batch-thread.ts';

/** Where a trainer gets its batches. Whatever makes them, they are the same. */
export interface BatchSource {
  readonly perEpoch: number;
  readonly examples: number;
  /** The rows of a full batch, and of all batches of an epoch: more than the examples where there are outliers. */
  readonly usualSize: number;
  readonly rows: number;
  make(epoch: number, number: number): Promise<Batch>;
  close(): Promise<void>;
}

/** Batches made on the calling thread when they are asked for: right where making them is cheap. */
export function createInlineSource(options: BatchOptions): BatchSource {
  const batches = createBatches(options);
  const { perEpoch, examples, usualSize, rows } = batches;
  return {
    perEpoch,
    examples,
    usualSize,
    rows,
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
  const { perEpoch, examples, usualSize, rows } = createBatches(options);
  const requested = new Map<number, Promise<Batch>>();
  let thread: Thread<BatchRequest, Batch> | undefined;
  /** `index` counts batches over all epochs. */
  const request = (index: number): Promise<Batch> => {
    const known = requested.get(index);
    if (known) return known;
    thread ??= startBatchThread(options);
    const batch = thread.ask({ epoch: Math.floor(index / perEpoch), number: index % perEpoch });
    // The caller who takes it gets the failure; until then it must not count as unhandled.
    batch.catch(() => undefined);
    requested.set(index, batch);
    return batch;
  };
  return {
    perEpoch,
    examples,
    usualSize,
    rows,
    async make(epoch, number) {
      const index = epoch * perEpoch + number;
      const batch = request(index);
      requested.delete(index);
      const end = Math.min(index + AHEAD, epochs * perEpoch - 1);
      for (let next = index + 1; next <= end; next += 1) void request(next);
      return batch;
    },
    async close() {
      await thread?.close();
    },
  };
}

function startBatchThread({ random, ...rest }: BatchOptions): Thread<BatchRequest, Batch> {
  const data: BatchSetup = { ...rest, randomState: random.state() };
  return startThread(entryBeside(import.meta.url, 'batch-thread'), { data, does: 'makes batches' });
}
