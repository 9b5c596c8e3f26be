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
  /** Rejects with GLIMPSE_MODEL_TIMEOUT after `limitMs`. */
  infer(batch: Tensor, limitMs: number): Promise<TimedResult>;
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
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    });
  });
}

/** The setting an operator raises where a model is slow and not stuck. */
export type TimeLimit = 'GLIMPSE_OPEN_TIMEOUT_MS' | 'GLIMPSE_BATCH_TIMEOUT_MS';

/** A model that took longer than it may. */
export function timedOut(limit: TimeLimit, limitMs: number): Error {
  const subject = limit === 'GLIMPSE_OPEN_TIMEOUT_MS' ? 'opened' : 'through with a batch';
  return new errors.GLIMPSE_MODEL_TIMEOUT(subject, Math.ceil(limitMs), limit);
}
