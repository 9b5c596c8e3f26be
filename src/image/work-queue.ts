import { setMaxListeners } from 'node:events';
import { errors } from '../errors.ts';

/** Runs a bounded number of tasks at once, keeps a bounded number waiting, and refuses the rest. */
export interface WorkQueue {
  /** How many tasks wait. */
  readonly depth: number;
  /**
   * Runs the task when its turn comes. GLIMPSE_DECODE_QUEUE_FULL at once when too many wait. A caller who
   * aborts while waiting is dropped unpaid; one who aborts later is answered (with the signal's reason) at
   * once, while the running task keeps its place until it ends, because native work cannot be stopped.
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Refuses new tasks (GLIMPSE_DRAINING) and resolves when the accepted ones have ended. */
  close(): Promise<void>;
}

export function createWorkQueue(options: { concurrency: number; queueSize: number }): WorkQueue {
  const waiting = new Set<() => void>();
  let running = 0;
  let isClosed = false;
  const closers: (() => void)[] = [];

  const startNext = (): void => {
    for (const start of waiting) {
      if (running >= options.concurrency) return;
      waiting.delete(start);
      start();
    }
    if (running === 0) for (const resolve of closers.splice(0)) resolve();
  };

  return {
    get depth() {
      return waiting.size;
    },
    async run(task, signal) {
      signal?.throwIfAborted();
      if (isClosed) throw new errors.GLIMPSE_DRAINING();
      if (running >= options.concurrency && waiting.size >= options.queueSize) {
        throw new errors.GLIMPSE_DECODE_QUEUE_FULL(waiting.size);
      }
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(start);
          reject(reasonOf(signal));
        };
        const start = (): void => {
          running += 1;
          void task()
            .then(resolve, reject)
            .finally(() => {
              // A long-lived signal (a whole training job) must not collect a listener an image.
              signal?.removeEventListener('abort', leave);
              running -= 1;
              startNext();
            });
        };
        if (signal) {
          // Many images of one request wait under one signal; that is no leak.
          setMaxListeners(0, signal);
          signal.addEventListener('abort', leave, { once: true });
        }
        if (running < options.concurrency) start();
        else waiting.add(start);
      });
    },
    async close() {
      isClosed = true;
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        closers.push(resolve);
      });
    },
  };
}

/** Why the caller left, as an error. */
function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new errors.GLIMPSE_CLIENT_CLOSED();
}
