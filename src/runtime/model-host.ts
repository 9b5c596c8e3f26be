import { errors } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { TimedResult } from './open-engine.ts';

/** A thread or a cell with one model open in it, from its start to its end. */
export interface ModelHost {
  readonly place: 'worker' | 'cell';
  /** How long the model took to open, without the start of its host. */
  readonly openMs: number;
  /** Why it can run no batch just now although it has not ended. */
  readonly unhealthyReason: string | undefined;
  /** Settles with why it ended, when nobody asked it to; never when it was closed. */
  readonly death: Promise<string>;
  /**
   * Runs batches in their order, one after the other. Rejects with GLIMPSE_MODEL_TIMEOUT `limitMs` after the one
   * before it has ended.
   */
  infer(batch: Tensor, limitMs: number): Promise<TimedResult>;
  /** Memory of the process it is in; undefined where the system does not tell. */
  residentBytes(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** What a model may take before it is stopped. */
export interface ModelLimits {
  /** To open it. */
  readonly openMs: number;
  /** For one batch. */
  readonly batchMs: number;
  /** Resident memory of a cell. */
  readonly memoryBytes: number;
}

/** The same promise, or the error of `late` once `limitMs` have passed. */
export async function within<T>(
  work: Promise<T>,
  limitMs: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(new errors.GLIMPSE_DRAINING());
    const timer = setTimeout(() => reject(late()), limitMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const pass = (result: T): void => {
      end();
      resolve(result);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    void work.then(pass, fail);
  });
}

/** As `within`; what the limit is, is asked when the turn of the work has come. */
export type WithinInTurn = <T>(
  work: Promise<T>,
  limitMs: () => number,
  late: () => Error,
) => Promise<T>;

/**
 * Limits for work that is done in its order, one piece after the other: the time of each counts from when the one
 * before it has ended, and not from when it was handed over.
 */
export function createLimitsInTurn(): WithinInTurn {
  let before: Promise<unknown> | undefined;
  return async (work, limitMs, late) => {
    const previous = before;
    // It may fail before its turn comes, together with what is before it.
    work.catch(() => undefined);
    const limited = previous
      ? previous.then(() => within(work, limitMs(), late))
      : within(work, limitMs(), late);
    const ended = limited.then(
      () => undefined,
      () => undefined,
    );
    before = ended;
    try {
      return await limited;
    } finally {
      if (before === ended) before = undefined;
    }
  };
}

/** The setting an operator raises where a model is slow and not stuck. */
export type TimeLimit = 'GLIMPSE_OPEN_TIMEOUT_MS' | 'GLIMPSE_BATCH_TIMEOUT_MS';

/** A model that took longer than it may. */
export function timedOut(limit: TimeLimit, limitMs: number): Error {
  const subject = limit === 'GLIMPSE_OPEN_TIMEOUT_MS' ? 'opened' : 'through with a batch';
  return new errors.GLIMPSE_MODEL_TIMEOUT(subject, Math.ceil(limitMs), limit);
}
