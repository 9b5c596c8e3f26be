import { setTimeout as delay } from 'node:timers/promises';

/** How long a closing process waits for them. */
const patienceMs = 1_000;

/** Threads that were left to themselves inside of their models: an exit of the process waits for every thread. */
export interface AbandonedThreads {
  /** Whether there is one that has not come back yet. */
  readonly hasAny: boolean;
  readonly add: (ended: Promise<unknown>) => void;
  /** Waits a moment: a thread that was only opening its model when the wait for that ended comes back by itself. */
  close(): Promise<void>;
}

export function createAbandonedThreads(waitMs = patienceMs): AbandonedThreads {
  const left = new Set<Promise<unknown>>();
  return {
    get hasAny() {
      return left.size > 0;
    },
    add(ended) {
      left.add(ended);
      void ended.finally(() => left.delete(ended));
    },
    async close() {
      if (left.size === 0) return;
      const over = new AbortController();
      const late = delay(waitMs, undefined, { signal: over.signal }).catch(() => {});
      await Promise.race([Promise.all(left), late]);
      over.abort();
    },
  };
}
