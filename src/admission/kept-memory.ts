import { strict as assert } from 'node:assert';
import { cancelReasonOf, type CancelSignal } from '../cancellation.ts';
import { errors, withDetails } from '../errors.ts';
import { createFairQueue, type Flow } from '../fair-queue.ts';

export interface KeptMemoryOptions {
  /** Bytes there are; asked whenever some are wanted. */
  size(): number;
  /** The error of what could never be kept. */
  tooCostly(needed: number, most: number): Error;
  /** Is told the error of what cannot be kept now, and returns it. */
  full(error: Error): Error;
}

/** Memory that requests keep while they wait for something else. */
export interface KeptMemory {
  readonly used: number;
  readonly waiting: number;
  /** Nothing where the flow has so many bytes more at once; else what resolves when it has them. */
  take(
    flow: Flow,
    bytes: number,
    deadline: number,
    signal?: CancelSignal,
  ): Promise<void> | undefined;
  /** More, at once or not at all, or less. */
  change(flow: Flow, bytes: number): void;
}

/**
 * A flow may have three times what is free, and no more (dynamic thresholds, Choudhury and Hahne, 1998): one
 * alone has three quarters of all, two have three sevenths each, and something is always left for who comes next.
 */
const perFree = 3;
/** Requests that may wait for memory; they keep nothing but their connection meanwhile. */
const maxWaiting = 1_000;
/** Over how long the bytes that come free are averaged. */
const rateMs = 5_000;
const usualWaitMs = 1_000;
const longestWaitMs = 60_000;

interface Waiter {
  readonly flow: Flow;
  readonly bytes: number;
  start(): void;
}

export function createKeptMemory(options: KeptMemoryOptions): KeptMemory {
  return new SharedMemory(options);
}

class SharedMemory implements KeptMemory {
  used = 0;
  readonly #options: KeptMemoryOptions;
  readonly #byFlow = new Map<string, number>();
  readonly #waiting = createFairQueue<Waiter>();
  readonly #freed = createRate();

  constructor(options: KeptMemoryOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  take(
    flow: Flow,
    bytes: number,
    deadline: number,
    signal?: CancelSignal,
  ): Promise<void> | undefined {
    const most = (this.#options.size() * perFree) / (perFree + 1);
    if (bytes > most) throw this.#options.tooCostly(bytes, most);
    if (this.#waiting.sizeOf(flow) === 0 && this.#mayHave(flow, bytes)) {
      this.#add(flow, bytes);
      return undefined;
    }
    const waitMs = this.#waitMs(bytes);
    const isTooLate = performance.now() + waitMs > deadline;
    if (isTooLate || !this.#waiting.fits(flow, 1, maxWaiting)) throw this.#refusal(waitMs);
    return new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(one);
        reject(cancelReasonOf(signal));
      };
      const start = (): void => {
        signal?.removeEventListener('abort', leave);
        this.#add(flow, bytes);
        resolve();
      };
      const one = { flow, bytes, start };
      if (signal?.aborted) return leave();
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(one, flow);
    });
  }

  change(flow: Flow, bytes: number): void {
    if (bytes > 0 && !this.#mayHave(flow, bytes)) throw this.#refusal(this.#waitMs(bytes));
    if (bytes !== 0) this.#add(flow, bytes);
    if (bytes >= 0) return;
    this.#freed.add(-bytes);
    for (;;) {
      const next = this.#waiting.head((one) => this.#mayHave(one.flow, one.bytes));
      if (!next) return;
      this.#waiting.charge(next.flow, next.bytes);
      this.#waiting.delete(next);
      next.start();
    }
  }

  #mayHave({ id }: Flow, bytes: number): boolean {
    const free = this.#options.size() - this.used - bytes;
    return (this.#byFlow.get(id) ?? 0) + bytes <= perFree * free;
  }

  #add({ id }: Flow, bytes: number): void {
    this.used += bytes;
    const own = (this.#byFlow.get(id) ?? 0) + bytes;
    assert(this.used >= 0 && own >= 0, 'more memory was given back than taken: this is our bug');
    if (own === 0) this.#byFlow.delete(id);
    else this.#byFlow.set(id, own);
  }

  /** How long what waits before it, and it itself, take at the pace at which memory comes free. */
  #waitMs(bytes: number): number {
    const perMs = this.#freed.perMs();
    let before = bytes;
    for (const one of this.#waiting) before += one.bytes;
    return perMs > 0 ? before / perMs : usualWaitMs;
  }

  #refusal(waitMs: number): Error {
    const retryAfterMs = Math.ceil(Math.min(Math.max(waitMs, usualWaitMs), longestWaitMs));
    return this.#options.full(withDetails(new errors.GLIMPSE_MEMORY_FULL(), { retryAfterMs }));
  }
}

/** Bytes a millisecond, of late. */
function createRate() {
  let rate = 0;
  let at = performance.now();
  const decay = (): void => {
    const now = performance.now();
    rate *= Math.exp((at - now) / rateMs);
    at = now;
  };
  return {
    add(bytes: number): void {
      decay();
      rate += bytes / rateMs;
    },
    perMs(): number {
      decay();
      return rate;
    },
  };
}
