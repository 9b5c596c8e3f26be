import { strict as assert } from 'node:assert';
import { setMaxListeners } from 'node:events';
import { cancelReasonOf, throwIfCancelled, type CancelSignal } from './cancellation.ts';
import { errors } from './errors.ts';
import { commonFlow, createFairQueue, type Flow } from './fair-queue.ts';

/** Runs a bounded number of tasks at once; the others wait, in order of arrival within a flow, fairly between flows. */
export interface Limiter {
  /** How many tasks wait. */
  readonly waiting: number;
  /**
   * Runs the task when its turn comes. A caller who aborts while waiting is dropped and its task never
   * starts; for one who aborts later it rejects at once, while the running task keeps its slot until it ends.
   */
  run<T>(task: () => Promise<T>, signal?: CancelSignal, turn?: Turn): Promise<T>;
  /** About how long one more task of the flow would wait: what waits before it, with the others taking turns. */
  waitMs(flow: Flow): number;
  /** Refuses new tasks (GLIMPSE_DRAINING) and resolves when the accepted ones have ended. */
  close(): Promise<void>;
}

/** Whose task it is, and how long it is expected to take. */
export interface Turn {
  readonly flow: Flow;
  readonly expectedMs: number;
}

export interface LimiterOptions {
  readonly concurrency: number;
  /** How many tasks may wait, and how one more is refused; without it none is. */
  readonly queue?: {
    readonly size: number;
    readonly full: (waiting: number, retryAfterMs: number) => Error;
  };
}

/** A task that waits; calling it starts it. */
interface Waiting {
  readonly turn: Turn;
  start(): Promise<void>;
}

const commonTurn: Turn = { flow: commonFlow, expectedMs: 0 };

export function createLimiter(options: LimiterOptions): Limiter {
  assert(options.concurrency >= 1, 'at least one task runs at a time');
  return new FairLimiter(options);
}

class FairLimiter implements Limiter {
  readonly #options: LimiterOptions;
  readonly #places: ReturnType<typeof createPlaces>;
  readonly #waiting = createFairQueue<Waiting>();
  /** Expected milliseconds of what waits, by flow. */
  readonly #backlog = new Map<string, number>();
  readonly #closers: (() => void)[] = [];
  #isClosed = false;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#places = createPlaces(options.concurrency);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  waitMs({ id }: Flow): number {
    const flows = Math.max(1, this.#waiting.flows);
    return ((this.#backlog.get(id) ?? 0) * flows) / this.#options.concurrency;
  }

  async run<T>(task: () => Promise<T>, signal?: CancelSignal, turn = commonTurn): Promise<T> {
    throwIfCancelled(signal);
    if (this.#isClosed) throw new errors.GLIMPSE_DRAINING();
    this.#places.noteArrival(turn.flow);
    const mayStart = this.#waiting.sizeOf(turn.flow) === 0 && this.#places.mayStart(turn);
    const { queue } = this.#options;
    if (!mayStart && queue && !this.#waiting.fits(turn.flow, 1, queue.size)) {
      throw queue.full(this.#waiting.size, this.waitMs(turn.flow));
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#leaveQueue(one);
        reject(cancelReasonOf(signal));
      };
      const start = async (): Promise<void> => {
        const startedAt = this.#begin(turn);
        try {
          resolve(await task());
        } catch (error) {
          reject(error);
        } finally {
          // A long-lived signal (a whole training job) must not collect a listener a task.
          signal?.removeEventListener('abort', leave);
          this.#end(turn, startedAt);
        }
      };
      const one: Waiting = { turn, start };
      if (signal) {
        // Many images of one request wait under one signal; that is no leak.
        if (signal instanceof EventTarget) setMaxListeners(0, signal);
        signal.addEventListener('abort', leave, { once: true });
      }
      if (mayStart) void start();
      else this.#joinQueue(one);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (!this.#places.areFree) await new Promise<void>((resolve) => this.#closers.push(resolve));
  }

  #joinQueue(one: Waiting): void {
    this.#waiting.push(one, one.turn.flow);
    addTo(this.#backlog, one.turn.flow.id, one.turn.expectedMs);
  }

  #leaveQueue(one: Waiting): void {
    if (this.#waiting.delete(one)) addTo(this.#backlog, one.turn.flow.id, -one.turn.expectedMs);
  }

  #begin({ flow, expectedMs }: Turn): number {
    this.#places.take(flow);
    this.#waiting.charge(flow, expectedMs);
    return performance.now();
  }

  #end(turn: Turn, startedAt: number): void {
    this.#places.leave(turn.flow);
    if (turn !== commonTurn) {
      this.#waiting.charge(turn.flow, performance.now() - startedAt - turn.expectedMs);
    }
    for (;;) {
      const next = this.#waiting.head((one) => this.#places.mayStart(one.turn));
      if (!next) break;
      this.#leaveQueue(next);
      void next.start();
    }
    if (this.#places.areFree) for (const resolve of this.#closers.splice(0)) resolve();
  }
}

/** A task expected to take longer is heavy: whoever comes while all places have one waits noticeably. */
const heavyMs = 50;
/** How long another caller counts as one who may come again. */
const recentMs = 5_000;

/**
 * The places at which tasks run. Running tasks are not stopped, so fairness in the queue is not enough: while
 * another flow has been here lately, heavy tasks of one flow leave one place to others.
 */
function createPlaces(concurrency: number) {
  const running = new Map<string, number>();
  let count = 0;
  let last = { id: '', at: -Infinity };
  let lastOther = last;
  const isSharedWith = (id: string): boolean =>
    performance.now() - (last.id === id ? lastOther : last).at < recentMs;
  return {
    get areFree() {
      return count === 0;
    },
    noteArrival({ id }: Flow): void {
      if (id !== last.id) lastOther = last;
      last = { id, at: performance.now() };
    },
    mayStart({ flow, expectedMs }: Turn): boolean {
      if (count >= concurrency) return false;
      const isLastPlace = expectedMs > heavyMs && (running.get(flow.id) ?? 0) >= concurrency - 1;
      return concurrency === 1 || !isLastPlace || !isSharedWith(flow.id);
    },
    take({ id }: Flow): void {
      count += 1;
      addTo(running, id, 1);
    },
    leave({ id }: Flow): void {
      count -= 1;
      addTo(running, id, -1);
    },
  };
}

/** Adds to one of several sums; a sum of nothing is not kept. */
function addTo(sums: Map<string, number>, id: string, amount: number): void {
  const sum = (sums.get(id) ?? 0) + amount;
  if (sum > 1e-6) sums.set(id, sum);
  else sums.delete(id);
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
