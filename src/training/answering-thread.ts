import { Worker, type Transferable } from 'node:worker_threads';
import type { Entry } from '../entry.ts';
import { errors, withDetails } from '../errors.ts';

/** A thread that answers every message with one message, in the order it was asked. */
export interface AnsweringThread<In, Out> {
  /** Rejects with the thread's own error, or with GLIMPSE_INTERNAL when the thread has ended. */
  ask(message: In, move?: readonly Transferable[]): Promise<Out>;
  close(): Promise<unknown>;
}

/** What such a thread sends back. */
export type Answer<Out> = { readonly value: Out } | { readonly error: Error };

interface Waiting<Out> {
  readonly resolve: (value: Out) => void;
  readonly reject: (error: Error) => void;
}

/** `does` says in words what the thread is for: "the thread that <does> ended". */
export function startAnsweringThread<In, Out>(
  { url, execArgv }: Entry,
  workerData: unknown,
  does: string,
): AnsweringThread<In, Out> {
  const worker = new Worker(url, { execArgv, workerData });
  const waiting: Waiting<Out>[] = [];
  let death: Error | undefined;
  const die = (cause: unknown): void => {
    death ??= withDetails(
      new errors.GLIMPSE_INTERNAL(),
      { reason: `the thread that ${does} ended: ${String(cause)}` },
      cause,
    );
    for (const { reject } of waiting.splice(0)) reject(death);
  };
  worker.on('error', die);
  worker.on('exit', die);
  worker.on('message', (answer: Answer<Out>) => {
    const next = waiting.shift();
    if ('value' in answer) next?.resolve(answer.value);
    else next?.reject(answer.error);
  });
  return {
    ask: (message, move = []) =>
      new Promise((resolve, reject) => {
        if (death) return reject(death);
        waiting.push({ resolve, reject });
        worker.postMessage(message, move);
      }),
    close: () => worker.terminate(),
  };
}
