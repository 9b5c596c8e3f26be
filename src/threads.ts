import { strict as assert } from 'node:assert';
import {
  MessageChannel,
  parentPort,
  Worker,
  workerData,
  type MessagePort,
  type Transferable,
} from 'node:worker_threads';
import type { Entry } from './entry.ts';
import { errors, isGlimpseError, messageOf, withDetails, type GlimpseError } from './errors.ts';

/** A thread of ours that answers requests, from its start to its end. */
export interface Thread<Request, Result> {
  /** How long its program took to get ready, without the start of the thread; rejects with why it could not. */
  readonly ready: Promise<number>;
  /** Settles with the reason when the thread ends by itself; never when it was closed. */
  readonly death: Promise<string>;
  readonly hasEnded: boolean;
  /**
   * One result for each request. What is in `transfer` moves instead of being copied. Rejects with the
   * error the program threw, whose code, details and message survive, or with that of a thread that ended.
   */
  ask(request: Request, transfer?: readonly Transferable[]): Promise<Result>;
  /** Ends the thread once it has answered its requests; terminates it when that takes too long. */
  close(): Promise<void>;
}

export interface ThreadOptions {
  /** What the program is started with. */
  readonly data?: unknown;
  /** Its purpose, as the verb of the error "the thread that <does> ended". */
  readonly does: string;
  /** Most mebibytes of objects it may have; with more it ends, and nothing but it. */
  readonly heapMiB?: number;
  /** The error of all who wait when the thread ends; GLIMPSE_INTERNAL when left out. */
  readonly died?: (reason: string) => Error;
  /** How long it may take to close before it is stopped the hard way. */
  readonly closeGraceMs?: number;
}

const usualCloseGraceMs = 5_000;

/** A message to a thread. */
export type ToThread<Request> = { readonly id: number; readonly request: Request } | 'close';

type FromThread<Result> =
  | { readonly readyMs: number }
  | { readonly refused: PackedError }
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: PackedError };

interface Waiter<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a thread whose program calls `serveThread`. Close it. */
export function startThread<Request, Result>(
  { url, execArgv }: Entry,
  options: ThreadOptions,
): Thread<Request, Result> {
  const { closeGraceMs = usualCloseGraceMs, heapMiB } = options;
  const resourceLimits = heapMiB === undefined ? {} : { maxOldGenerationSizeMb: heapMiB };
  const worker = new Worker(url, { execArgv, workerData: options.data, resourceLimits });
  const waiters = new Map<number, Waiter<Result>>();
  const [ready, death] = [settlable<number>(), settlable<string>()];
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  let ended: Error | undefined;
  let isClosing = false;
  let count = 0;

  const end = (reason: string, error: Error): void => {
    if (ended) return;
    ended = error;
    ready.reject(error);
    for (const { reject } of waiters.values()) reject(error);
    waiters.clear();
    if (!isClosing) death.resolve(reason);
  };
  worker.on('error', (error) => end(messageOf(error), deathOf(options, messageOf(error), error)));
  worker.on('exit', (code) => end(`exit code ${code}`, deathOf(options, `exit code ${code}`)));
  worker.on('message', (message: FromThread<Result>) => {
    if ('readyMs' in message) return ready.resolve(message.readyMs);
    if ('refused' in message) {
      const refusal = unpackError(message.refused);
      end(refusal.message, refusal);
      return void worker.terminate();
    }
    const waiter = waiters.get(message.id);
    waiters.delete(message.id);
    if ('error' in message) waiter?.reject(unpackError(message.error));
    else waiter?.resolve(message.result);
  });

  return {
    ready: ready.promise,
    death: death.promise,
    get hasEnded() {
      return ended !== undefined;
    },
    ask: (request, transfer = []) =>
      new Promise((resolve, reject) => {
        if (ended || isClosing) return reject(ended ?? deathOf(options, 'it was closed'));
        count += 1;
        const message: ToThread<Request> = { id: count, request };
        worker.postMessage(message, transfer);
        waiters.set(count, { resolve, reject });
      }),
    async close() {
      isClosing = true;
      const message: ToThread<Request> = 'close';
      worker.postMessage(message, []);
      const forceTimer = setTimeout(() => void worker.terminate(), closeGraceMs);
      await exited;
      clearTimeout(forceTimer);
    },
  };
}

/** What a thread does with the requests it is sent. */
export interface RequestHandler<Request, Result> {
  handle(request: Request): Result | Promise<Result>;
  /** What of a result moves instead of being copied. */
  transfer?(result: Result): readonly Transferable[];
  /** Frees what it holds, after the last result. */
  close?(): Promise<unknown>;
}

/**
 * The whole program of a thread: opens what it needs from the data it was started with, then answers every
 * request. One that cannot be opened ends the thread, and `ready` rejects with the reason.
 */
// Our own sources start our programs and nobody else: what they are started with is what they name.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export async function serveThread<Data, Request, Result>(
  open: (data: Data) => RequestHandler<Request, Result> | Promise<RequestHandler<Request, Result>>,
): Promise<void> {
  assert(parentPort, 'the program of a thread is started as a thread');
  const port = parentPort;
  const post = (message: FromThread<Result>, transfer: readonly Transferable[] = []): void =>
    port.postMessage(message, transfer);
  const startedAt = performance.now();
  let handler: RequestHandler<Request, Result>;
  try {
    handler = await open(workerData);
  } catch (error) {
    return post({ refused: packError(error) });
  }
  let running = 0;
  let isClosing = false;
  const closeWhenIdle = async (): Promise<void> => {
    if (!isClosing || running > 0) return;
    await handler.close?.();
    port.close();
  };
  const answer = async (id: number, request: Request): Promise<void> => {
    running += 1;
    try {
      const result = await handler.handle(request);
      post({ id, result }, handler.transfer?.(result));
    } catch (error) {
      post({ id, error: packError(error) });
    }
    running -= 1;
    await closeWhenIdle();
  };
  port.on('message', (message: ToThread<Request>) => {
    if (message === 'close') isClosing = true;
    void (message === 'close' ? closeWhenIdle() : answer(message.id, message.request));
  });
  post({ readyMs: performance.now() - startedAt });
}

/** The buffers of arrays that may move to another thread: those that their array fills wholly. */
export function wholeBuffers(...arrays: readonly (Float32Array | Uint8Array)[]): ArrayBuffer[] {
  const whole: ArrayBuffer[] = [];
  // A loop: flatMap alone would make a short request to a thread a tenth slower.
  for (const { buffer, byteLength } of arrays) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) whole.push(buffer);
  }
  return whole;
}

/** Bytes from which an array costs more to collect than to free. */
const leastFreed = 32 * 1024;
let nowhere: MessagePort | undefined;

function portToNowhere(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}

/**
 * Frees the memory of arrays at once; they are empty afterwards. Left to the garbage collector, a hundred photos as numbers have
 * the whole heap looked through. Handed to a port that nobody listens at, since Node 20 has no ArrayBuffer.transfer. Small ones
 * cost less when they are collected with others.
 */
export function freeAtOnce(...arrays: readonly (Float32Array | Uint8Array)[]): void {
  const buffers = wholeBuffers(...arrays).filter(({ byteLength }) => byteLength >= leastFreed);
  if (buffers.length > 0) (nowhere ??= portToNowhere()).postMessage(null, buffers);
}

/** An error on its way between threads, where neither its class nor its own fields would survive. */
export interface PackedError {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: PackedError | undefined;
  /** What an error of the catalogue has besides. */
  readonly known?: Pick<GlimpseError, 'code' | 'statusCode' | 'details'>;
}

/** An error, ready to be sent to another thread. */
export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { message: messageOf(error) };
  const { message, stack, cause } = error;
  const packed = { message, stack, cause: cause instanceof Error ? packError(cause) : undefined };
  if (!isGlimpseError(error)) return packed;
  const { code, statusCode, details } = error;
  return { ...packed, known: { code, statusCode, ...(details && { details }) } };
}

/** The error that another thread has packed. */
export function unpackError({ message, stack, cause, known }: PackedError): Error {
  const error = Object.assign(new Error(message), known);
  if (stack !== undefined) error.stack = stack;
  if (cause) error.cause = unpackError(cause);
  return error;
}

function deathOf({ does, died }: ThreadOptions, reason: string, cause?: unknown): Error {
  if (died) return died(reason);
  const details = { reason: `the thread that ${does} ended: ${reason}` };
  return withDetails(new errors.GLIMPSE_INTERNAL(), details, cause);
}

/** A promise that is settled from outside, and that nobody has to look at. */
function settlable<T>() {
  const handles: Partial<{ resolve: (value: T) => void; reject: (error: Error) => void }> = {};
  const promise = new Promise<T>((resolve, reject) => Object.assign(handles, { resolve, reject }));
  promise.catch(() => undefined);
  return {
    promise,
    resolve: (value: T) => handles.resolve?.(value),
    reject: (error: Error) => handles.reject?.(error),
  };
}
