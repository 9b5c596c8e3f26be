/** What is known about a batcher that is idle and has something waiting. */
export interface Waiting {
  /** How many items wait. */
  readonly items: number;
  /** How long the oldest of them has waited. */
  readonly oldestMs: number;
  /** Nobody new will come, so there is nothing to wait for. */
  readonly draining: boolean;
}

export interface WindowLimits {
  readonly maxBatchSize: number;
  readonly maxQueueDelayMs: number;
}

/**
 * How long an idle runtime should still wait for company before it runs what is there; 0 means go.
 * A batch closes on size or on delay, whichever comes first.
 */
export function batchWindow(waiting: Waiting, limits: WindowLimits): number {
  if (waiting.draining || waiting.items >= limits.maxBatchSize) return 0;
  return Math.max(0, limits.maxQueueDelayMs - waiting.oldestMs);
}
