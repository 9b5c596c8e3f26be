import { Worker } from 'node:worker_threads';
import type { Entry } from '../entry.ts';
import { errors, withDetails } from '../errors.ts';
import { createWorkQueue } from './work-queue.ts';

/** A few threads that answer one message with one message, each one task at a time. */
export interface WorkerPool<In, Out> {
  /**
   * Runs the task on a free thread, or waits for one. A thread that dies fails only the task it had
   * (GLIMPSE_INTERNAL) and is replaced when next needed. Aborting works as in the work queue.
   */
  run(task: In, signal?: AbortSignal): Promise<Out>;
  /** Finishes what was accepted, refuses what is new (GLIMPSE_DRAINING), stops every thread. */
  close(): Promise<void>;
}

/** What a pool's worker file sends back. */
export type Reply<Out> = { readonly value: Out } | { readonly error: Error };

/** Threads are started when first needed, so a server that never meets a real photo has none. */
export function createWorkerPool<In, Out>(options: {
  entry: Entry;
  threads: number;
}): WorkerPool<In, Out> {
  const queue = createWorkQueue({ concurrency: options.threads, queueSize: Infinity });
  const idle: Thread<In, Out>[] = [];
  return {
    run: async (task, signal) =>
      queue.run(async () => {
        const thread = idle.pop() ?? startThread<In, Out>(options.entry, leaveIdle);
        const answer = await thread.run(task);
        idle.push(thread);
        if ('error' in answer) throw answer.error;
        return answer.value;
      }, signal),
    async close() {
      await queue.close();
      await Promise.all(idle.splice(0).map((thread) => thread.stop()));
    },
  };

  /** A thread may die while it waits, too. */
  function leaveIdle(thread: Thread<In, Out>): void {
    const place = idle.indexOf(thread);
    if (place >= 0) idle.splice(place, 1);
  }
}

interface Thread<In, Out> {
  /** One task at a time; rejects when the thread dies. */
  run(task: In): Promise<Reply<Out>>;
  stop(): Promise<unknown>;
}

function startThread<In, Out>(
  { url, execArgv }: Entry,
  onDeath: (thread: Thread<In, Out>) => void,
): Thread<In, Out> {
  const worker = new Worker(url, { execArgv });
  const thread: Thread<In, Out> = {
    run: async (task) =>
      new Promise((resolve, reject) => {
        const died = (cause: unknown): void => reject(deathOf(cause));
        worker.once('error', died);
        worker.once('exit', died);
        worker.once('message', (reply: Reply<Out>) => {
          worker.off('error', died);
          worker.off('exit', died);
          resolve(reply);
        });
        worker.postMessage(task, []);
      }),
    stop: async () => worker.terminate(),
  };
  // Without a listener an error of an idle thread would end the process.
  worker.on('error', () => onDeath(thread));
  worker.on('exit', () => onDeath(thread));
  return thread;
}

function deathOf(cause: unknown): Error {
  const error = cause instanceof Error ? cause : new Error(`the thread ended: ${String(cause)}`);
  return withDetails(new errors.GLIMPSE_INTERNAL(), {}, error);
}
