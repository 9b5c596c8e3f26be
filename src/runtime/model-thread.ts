import { Worker } from 'node:worker_threads';
import { entryBeside, type Entry } from '../entry.ts';
import { errors, messageOf } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import {
  movable,
  unpackError,
  type FromThread,
  type ThreadInit,
  type ToThread,
} from './worker-protocol.ts';

/** One worker thread with one model open in it, from its start to its end. */
export interface ModelThread {
  /** How long the model took to open, without the start of the thread. */
  readonly openMs: number;
  /** Settles with why the thread ended, when nobody asked it to; never when it was closed. */
  readonly death: Promise<string>;
  /** The answer, and how long the thread was busy with it. */
  infer(batch: Tensor): Promise<TimedResult>;
  close(): Promise<void>;
}

export interface TimedResult {
  readonly outputs: Tensor;
  readonly tookMs: number;
}

/** How long a thread may take to free its model before it is stopped the hard way. */
const closeGraceMs = 5_000;

interface Waiter {
  readonly resolve: (answer: TimedResult) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a thread; resolves when its model is open, rejects with why it could not be opened. */
export async function startModelThread(
  init: ThreadInit,
  entry: Entry = entryBeside(import.meta.url, 'model-worker'),
): Promise<ModelThread> {
  const worker = new Worker(entry.url, { workerData: init, execArgv: entry.execArgv });
  const ended = new Promise<void>((resolve) => onEnd(worker, () => resolve()));
  const waiters = new Map<number, Waiter>();
  let endedWith: Error | undefined;
  let isClosing = false;
  let count = 0;

  const death = new Promise<string>((die) => {
    onEnd(worker, (reason) => {
      endedWith = new errors.GLIMPSE_RUNTIME_FAILED(`its thread ended: ${reason}`);
      for (const waiter of waiters.values()) waiter.reject(endedWith);
      waiters.clear();
      if (!isClosing) die(reason);
    });
  });
  const infer = (batch: Tensor): Promise<TimedResult> =>
    new Promise((resolve, reject) => {
      if (endedWith) return reject(endedWith);
      count += 1;
      waiters.set(count, { resolve, reject });
      send(worker, { kind: 'infer', id: count, batch }, movable(batch));
    });
  const close = async (): Promise<void> => {
    isClosing = true;
    send(worker, { kind: 'close' });
    const forceTimer = setTimeout(() => void worker.terminate(), closeGraceMs);
    await ended;
    clearTimeout(forceTimer);
  };
  const openMs = await whenOpened(worker);
  worker.on('message', (message: FromThread) => settle(waiters, message));
  return { openMs, death, infer, close };
}

function send(worker: Worker, message: ToThread, move: ArrayBuffer[] = []): void {
  worker.postMessage(message, move);
}

/** How long opening took; rejects with the thread's own reason, or with how it ended. */
function whenOpened(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: FromThread) => {
      if (message.kind === 'opened') return resolve(message.openMs);
      if (message.kind === 'refused') reject(unpackError(message.failure));
      void worker.terminate();
    });
    onEnd(worker, (reason) => {
      reject(new errors.GLIMPSE_RUNTIME_FAILED(`its thread ended while opening it: ${reason}`));
    });
  });
}

/** Calls `listener` with the reason when the thread is over, whoever ended it. */
function onEnd(worker: Worker, listener: (reason: string) => void): void {
  let reason: string | undefined;
  worker.on('error', (error) => {
    reason ??= messageOf(error);
  });
  worker.on('exit', (code) => listener(reason ?? `exit code ${code}`));
}

function settle(waiters: Map<number, Waiter>, message: FromThread): void {
  if (message.kind !== 'answer' && message.kind !== 'failed') return;
  const waiter = waiters.get(message.id);
  waiters.delete(message.id);
  if (message.kind === 'answer') waiter?.resolve(message);
  else waiter?.reject(unpackError(message.failure));
}
