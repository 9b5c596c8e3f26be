import type { Transferable } from 'node:worker_threads';
import type { Release } from './account.ts';
import type { CancelSignal } from './cancellation.ts';
import { createLimiter, type Turn } from './concurrency.ts';
import type { Entry } from './entry.ts';
import { startThread, type Thread } from './threads.ts';

/** A few threads with the same program, each busy with one task at a time. */
export interface WorkerPool<Task, Result> {
  /**
   * Runs the task on a free thread, or waits for one. A thread that dies fails only the task it had
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
  /** Most mebibytes of objects in one thread; undefined: what Node gives any. */
  readonly heapMiB?: () => number;
}): WorkerPool<Task, Result> {
  const { entry, does, threads, heapMiB } = options;
  const limiter = createLimiter({ concurrency: threads });
  const idle = new Set<Thread<Task, Result>>();
  const start = (): Thread<Task, Result> => {
    const thread = startThread<Task, Result>(entry, {
      does,
      ...(heapMiB && { heapMiB: heapMiB() }),
    });
    void thread.death.then(() => idle.delete(thread));
    return thread;
  };
  return {
    run: async (task, { signal, turn, prepare, transfer } = {}) => {
      const ask = async (): Promise<Result> => {
        const [thread = start()] = idle;
        idle.delete(thread);
        try {
          return await thread.ask(task, transfer);
        } finally {
          if (!thread.hasEnded) idle.add(thread);
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
      await Promise.all([...idle].map((thread) => thread.close()));
    },
  };
}
