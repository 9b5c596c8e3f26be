import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGlimpseError, messageOf } from '../errors.ts';

export interface RetryOptions {
  /** How long it is tried again; what fails after that is thrown. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
  /** Told once, at the first failure. */
  readonly onFailure?: (reason: string) => void;
}

/** The first pause; each is twice as long as the one before. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Of the time there is: where there is little, more is tried than once. */
const FIRST_SHARE = 0.01;

/** Does something again and again while the store does not answer. Rejects with the reason of the signal. */
export async function retryWhileAway<T>(
  act: () => Promise<T>,
  { maxMs, signal, onFailure = () => {} }: RetryOptions,
): Promise<T> {
  const startedAt = performance.now();
  for (let failures = 1; ; failures += 1) {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      const leftMs = maxMs - (performance.now() - startedAt);
      if (!isAway(error) || leftMs <= 0) throw error;
      if (failures === 1) onFailure(messageOf(error));
      const firstMs = Math.min(FIRST_PAUSE_MS, maxMs * FIRST_SHARE);
      const pauseMs = Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** (failures - 1));
      // Those whom one outage has thrown back together do not come back together.
      const jitterMs = randomInt(0, Math.ceil(pauseMs / 4) + 1);
      await sleep(Math.min(leftMs, pauseMs + jitterMs), undefined, { signal }).catch(() => {});
      signal.throwIfAborted();
    }
  }
}

/** Whether something may go well another time: the store does not answer, or others were faster. */
export function isAway(error: unknown): boolean {
  return (
    isGlimpseError(error) &&
    (error.code === 'GLIMPSE_STORE_UNAVAILABLE' || error.code === 'GLIMPSE_PUBLISH_CONFLICT')
  );
}
