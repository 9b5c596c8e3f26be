import type { CancelSignal } from '../cancellation.ts';
import { createLimiter } from '../concurrency.ts';
import type { Entry } from '../entry.ts';
import { startThread, type Thread } from '../threads.ts';

/** A few threads with the same program, each busy with one task at a time. */
export interface WorkerPool<Task, Result> {
  /**
   * Runs the task on a free thread, or waits for one. A thread that dies fails only the task it had
   * (GLIMPSE_INTERNAL) and is replaced when next needed. Aborting works as in the limiter.
   */
  run(task: Task, signal?: CancelSignal): Promise<Result>;
  /** Finishes what was accepted, refuses what is new (GLIMPSE_DRAINING), stops every thread. */
  close(): Promise<void>;
}

/** Threads are started when first needed, so a server that never meets a real photo has none. */
export function createWorkerPool<Task, Result>(options: {
  readonly entry: Entry;
  /** Their purpose, as the verb of the error "the thread that <does> ended". */
  readonly does: string;
  readonly threads: number;
}): WorkerPool<Task, Result> {
  const { entry, does, threads } = options;
  const limiter = createLimiter({ concurrency: threads });
  const idle = new Set<Thread<Task, Result>>();
  const start = (): Thread<Task, Result> => {
    const thread = startThread<Task, Result>(entry, { does });
    void thread.death.then(() => idle.delete(thread));
    return thread;
  };
  return {
    run: async (task, signal) =>
      limiter.run(async () => {
        const [thread = start()] = idle;
        idle.delete(thread);
        try {
          return await thread.ask(task);
        } finally {
          if (!thread.hasEnded) idle.add(thread);
        }
      }, signal),
    async close() {
      await limiter.close();
      await Promise.all([...idle].map((thread) => thread.close()));
    },
  };
}
