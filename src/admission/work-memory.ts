import type { Release } from '../account.ts';
import { cancelReasonOf, throwIfCancelled, type CancelSignal } from '../cancellation.ts';
import { createFairQueue, type Flow } from '../fair-queue.ts';

export interface WorkMemoryOptions {
  /** Bytes there are; asked whenever some are wanted. */
  size(): number;
  /** The error of work that needs more than there is. */
  tooCostly(needed: number, most: number): Error;
}

/** Memory of work that ends by itself, and waits for nothing else meanwhile. */
export interface WorkMemory {
  readonly used: number;
  readonly waiting: number;
  /** Resolves with the way to give it back when so many bytes are free. */
  hold(flow: Flow, bytes: number, signal?: CancelSignal): Promise<Release>;
}

interface Waiter {
  readonly flow: Flow;
  readonly bytes: number;
  start(): void;
}

/** Whoever's turn it is waits until there is enough, and the others wait behind it: large work is not passed over. */
export function createWorkMemory(options: WorkMemoryOptions): WorkMemory {
  const waiting = createFairQueue<Waiter>();
  let used = 0;
  // What there is may have become less since somebody began to wait for it.
  const fits = (bytes: number): boolean => used === 0 || used + bytes <= options.size();

  const startWaiting = (): void => {
    for (;;) {
      const next = waiting.head();
      if (!next || !fits(next.bytes)) return;
      waiting.charge(next.flow, next.bytes);
      waiting.delete(next);
      next.start();
    }
  };
  const take = (bytes: number): Release => {
    used += bytes;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      used -= bytes;
      startWaiting();
    };
  };

  return {
    get used() {
      return used;
    },
    get waiting() {
      return waiting.size;
    },
    async hold(flow, bytes, signal) {
      throwIfCancelled(signal);
      if (bytes > options.size()) throw options.tooCostly(bytes, options.size());
      if (waiting.size === 0 && fits(bytes)) return take(bytes);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(one);
          reject(cancelReasonOf(signal));
          startWaiting();
        };
        const start = (): void => {
          signal?.removeEventListener('abort', leave);
          resolve(take(bytes));
        };
        const one = { flow, bytes, start };
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(one, flow);
      });
    },
  };
}
