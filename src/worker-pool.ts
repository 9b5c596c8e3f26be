import type { Transferable } from 'node:worker_threads';
import type { Release } from './account.ts';
import type { CancelSignal } from './cancellation.ts';
import { createLimiter, type Turn } from './concurrency.ts';
import type { Entry } from './entry.ts';
import { startThread, type Thread } from './threads.ts';

/** A few threads with the same program, each working on one task at a time. */
export interface WorkerPool<Task, Result> {
  /**
   * Runs the task on a free thread, or waits for one. A thread that dies fails only the tasks it had
   * (GLIMPSE_INTERNAL) and is replaced when next needed. Aborting works as in the limiter.
   */
  run(task: Task, options?: RunOptions): Promise<Result>;
  /** Finishes what was accepted, refuses what is new (GLIMPSE_DRAINING), stops every thread. */
  close(): Promise<void>;
}

export interface RunOptions {
  readonly signal?: CancelSignal | undefined;
  readonly turn?: Turn;
  /** Waits for what the task needs once it is its turn, and gives back what frees that. */
  readonly prepare?: () => Promise<Release>;
  /** What moves to the thread instead of being copied. */
  readonly transfer?: readonly Transferable[];
}

/** Threads are started when first needed, so a server that never meets a real photo has none. */
export function createWorkerPool<Task, Result>(options: {
  readonly entry: Entry;
  /** Their purpose, as the verb of the error "the thread that <does> ended". */
  readonly does: string;
  readonly threads: number;
  /** Tasks that a thread is given while it works on another, so that it need not be woken for the next; none. */
  readonly ahead?: number;
  /** Most mebibytes of objects in one thread; undefined: what Node gives any. */
  readonly heapMiB?: () => number;
}): WorkerPool<Task, Result> {
  const { entry, does, threads, ahead = 0, heapMiB } = options;
  const limiter = createLimiter({ concurrency: threads * (1 + ahead) });
  /** How many tasks each thread has. */
  const tasks = new Map<Thread<Task, Result>, number>();
  const start = (): Thread<Task, Result> => {
    const thread = startThread<Task, Result>(entry, {
      does,
      ...(heapMiB && { heapMiB: heapMiB() }),
    });
    void thread.death.then(() => tasks.delete(thread));
    tasks.set(thread, 0);
    return thread;
  };
  const leastBusy = (): Thread<Task, Result> => {
    const [[thread, count] = []] = [...tasks].sort(([, one], [, other]) => one - other);
    return thread && (count === 0 || tasks.size >= threads) ? thread : start();
  };
  /** Of a thread that has ended nothing is counted. */
  const count = (thread: Thread<Task, Result>, change: 1 | -1): void => {
    const before = tasks.get(thread);
    if (before !== undefined) tasks.set(thread, before + change);
  };
  return {
    run: async (task, { signal, turn, prepare, transfer } = {}) => {
      const ask = async (): Promise<Result> => {
        const thread = leastBusy();
        count(thread, 1);
        try {
          return await thread.ask(task, transfer);
        } finally {
          count(thread, -1);
        }
      };
      const work = async (): Promise<Result> => {
        const release = await prepare?.();
        return ask().finally(release);
      };
      return limiter.run(work, signal, turn);
    },
    async close() {
      await limiter.close();
      await Promise.all([...tasks.keys()].map((thread) => thread.close()));
    },
  };
}
