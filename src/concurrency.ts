import { strict as assert } from 'node:assert';
import { setMaxListeners } from 'node:events';
import { cancelReasonOf, throwIfCancelled, type CancelSignal } from './cancellation.ts';
import { errors } from './errors.ts';

/** Runs a bounded number of tasks at once; the others wait, in order of arrival. */
export interface Limiter {
  /** How many tasks wait. */
  readonly waiting: number;
  /**
   * Runs the task when its turn comes. A caller who aborts while waiting is dropped and its task never
   * starts; for one who aborts later it rejects at once, while the running task keeps its slot until it ends.
   */
  run<T>(task: () => Promise<T>, signal?: CancelSignal): Promise<T>;
  /** Refuses new tasks (GLIMPSE_DRAINING) and resolves when the accepted ones have ended. */
  close(): Promise<void>;
}

export interface LimiterOptions {
  readonly concurrency: number;
  /** How many tasks may wait, and how one more is refused; without it none is. */
  readonly queue?: { readonly size: number; readonly full: (waiting: number) => Error };
}

export function createLimiter({ concurrency, queue }: LimiterOptions): Limiter {
  assert(concurrency >= 1, 'at least one task runs at a time');
  const waiting = new Set<() => Promise<void>>();
  const closers: (() => void)[] = [];
  let running = 0;
  let isClosed = false;

  const end = (): void => {
    running -= 1;
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      void next();
    } else if (running === 0) {
      for (const resolve of closers.splice(0)) resolve();
    }
  };

  return {
    get waiting() {
      return waiting.size;
    },
    async run(task, signal) {
      throwIfCancelled(signal);
      if (isClosed) throw new errors.GLIMPSE_DRAINING();
      const isBusy = running >= concurrency;
      if (isBusy && queue && waiting.size >= queue.size) throw queue.full(waiting.size);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(start);
          reject(cancelReasonOf(signal));
        };
        const start = async (): Promise<void> => {
          running += 1;
          try {
            resolve(await task());
          } catch (error) {
            reject(error);
          } finally {
            // A long-lived signal (a whole training job) must not collect a listener a task.
            signal?.removeEventListener('abort', leave);
            end();
          }
        };
        if (signal) {
          // Many images of one request wait under one signal; that is no leak.
          if (signal instanceof EventTarget) setMaxListeners(0, signal);
          signal.addEventListener('abort', leave, { once: true });
        }
        if (isBusy) waiting.add(start);
        else void start();
      });
    },
    async close() {
      isClosed = true;
      if (running > 0) await new Promise<void>((resolve) => closers.push(resolve));
    },
  };
}

/**
 * Works on a bounded number of items at once; the results are in the order of the items. After a failure no
 * other item is begun, those under way are aborted by `stop`, and the failure is thrown when they have ended.
 * `stop` aborts with `signal`, too.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item, stop: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const failures: unknown[] = [];
  const results: Result[] = [];
  let next = 0;
  const workOnRest = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index]!, stop);
      } catch (error) {
        failures.push(error);
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, workOnRest));
  if (failures.length > 0) throw failures[0];
  return results;
}

/**
 * Works on several items at once and gives the results in the order of the items, as they are asked for. No
 * more than `concurrency` items are taken ahead, whatever waits behind a slow one.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // The consumer gets the error when it comes to this item; until then it must not count as unhandled.
      result.catch(() => undefined);
      ahead.push(result);
      if (ahead.length >= concurrency) yield await ahead.shift()!;
    }
    while (ahead.length > 0) yield await ahead.shift()!;
  } finally {
    await Promise.allSettled(ahead);
  }
}
