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
/** Over how long the bytes that come free are averaged, of the time in which any are kept. */
const rateMs = 5_000;
/** What is told while nothing is known. */
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
  readonly #freed = new FreedRate();
  #waitingBytes = 0;

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
    const waitMs = this.#waitMs(flow, bytes);
    // So much later the same request would be let wait until its deadline.
    const lateMs = performance.now() + waitMs - deadline;
    if (lateMs > 0) throw this.#refusal(lateMs);
    if (!this.#waiting.fits(flow, 1, maxWaiting)) throw this.#refusal(waitMs / maxWaiting);
    return new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#leave(one);
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
      this.#waitingBytes += bytes;
    });
  }

  change(flow: Flow, bytes: number): void {
    if (bytes > 0 && !this.#mayHave(flow, bytes)) throw this.#refusal(this.#waitMs(flow, bytes));
    if (bytes !== 0) this.#add(flow, bytes);
    if (bytes >= 0) return;
    this.#freed.add(-bytes);
    for (;;) {
      const next = this.#waiting.head((one) => this.#mayHave(one.flow, one.bytes));
      if (!next) return;
      this.#waiting.charge(next.flow, next.bytes);
      this.#leave(next);
      next.start();
    }
  }

  #mayHave({ id }: Flow, bytes: number): boolean {
    const free = this.#options.size() - this.used - bytes;
    return (this.#byFlow.get(id) ?? 0) + bytes <= perFree * free;
  }

  #leave(one: Waiter): void {
    if (this.#waiting.delete(one)) this.#waitingBytes -= one.bytes;
  }

  #add({ id }: Flow, bytes: number): void {
    if (this.used === 0) this.#freed.begin();
    this.used += bytes;
    const own = (this.#byFlow.get(id) ?? 0) + bytes;
    assert(this.used >= 0 && own >= 0, 'more memory was given back than taken: this is our bug');
    if (own === 0) this.#byFlow.delete(id);
    else this.#byFlow.set(id, own);
  }

  /** How long it takes, at the pace at which memory comes free, until what waits has its bytes and a flow so many more. */
  #waitMs({ id }: Flow, bytes: number): number {
    const perMs = this.#freed.perMs();
    if (perMs === 0) return usualWaitMs;
    const own = this.#byFlow.get(id) ?? 0;
    const free = this.#options.size() - this.used;
    // What others give back makes it free alone; what the flow gives back is taken off its own as well.
    const ofOwn = this.used === 0 ? 0 : own / this.used;
    const missing = (own + bytes - perFree * (free - bytes)) / (perFree + ofOwn);
    return (this.#waitingBytes + Math.max(0, missing)) / perMs;
  }

  #refusal(waitMs: number): Error {
    const retryAfterMs = Math.ceil(Math.min(Math.max(1, waitMs), longestWaitMs));
    return this.#options.full(withDetails(new errors.GLIMPSE_MEMORY_FULL(), { retryAfterMs }));
  }
}

/**
 * Bytes that came free in a millisecond, of late. Time in which nothing was kept tells nothing, and neither does that before
 * the first request: a server that has just become busy would seem slow.
 */
class FreedRate {
  #bytes = 0;
  #ms = 0;
  #at = 0;

  /** Something is kept from now on. */
  begin(): void {
    this.#at = performance.now();
  }

  add(bytes: number): void {
    this.#pass();
    this.#bytes += bytes;
  }

  perMs(): number {
    this.#pass();
    return this.#ms > 0 ? this.#bytes / this.#ms : 0;
  }

  #pass(): void {
    const now = performance.now();
    const left = Math.exp((this.#at - now) / rateMs);
    this.#at = now;
    this.#bytes *= left;
    this.#ms = this.#ms * left + rateMs * (1 - left);
  }
}
