import type { BatchingOptions } from './batching-options.ts';

/** What is known about a batcher that is idle and has something waiting. */
interface Waiting {
  /** How many items wait. */
  readonly items: number;
  /** How long the oldest of them has waited. */
  readonly oldestMs: number;
  /** Nobody new will come, so there is nothing to wait for. */
  readonly draining: boolean;
}

/**
 * How long an idle runtime should still wait for company before it runs what is there; 0 means go.
 * A batch closes on size or on delay, whichever comes first.
 */
export function batchWindow(
  waiting: Waiting,
  limits: Pick<BatchingOptions, 'maxBatchSize' | 'maxQueueDelayMs'>,
): number {
  if (waiting.draining || waiting.items >= limits.maxBatchSize) return 0;
  return Math.max(0, limits.maxQueueDelayMs - waiting.oldestMs);
}

/** A dispatch that is on its way. */
export interface WindowTimer {
  /** It comes at the end of this turn of the event loop; nothing can make it come sooner. */
  readonly isImminent: boolean;
  cancel(): void;
}

/**
 * Calls `dispatch` after so many milliseconds. 0 is the end of the current turn of the event loop, not
 * "now": requests that were read from their sockets in one turn then share a batch, and nobody waits.
 */
export function startWindowTimer(waitMs: number, dispatch: () => void): WindowTimer {
  if (waitMs > 0) {
    const timer = setTimeout(dispatch, waitMs);
    return { isImminent: false, cancel: () => clearTimeout(timer) };
  }
  const immediate = setImmediate(dispatch);
  return { isImminent: true, cancel: () => clearImmediate(immediate) };
}
