import { systemReasonOf } from '../disk-errors.ts';
import { type ErrorDetails, isGlimpseError } from '../errors.ts';

/** Why a version is not loaded, as it is shown to people and machines. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** A failed load: what went wrong, how often, and when it may be tried again. */
export interface LoadFailure extends Reason {
  /** true: the version itself is bad. false: the store or the machine could not serve, which says nothing about it. */
  readonly isQuarantine: boolean;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
  /** The digest of the manifest that failed; with another manifest the load is tried again. */
  readonly fingerprint: string | undefined;
}

const minute = 60_000;

/** Too many requests, client closed, unavailable: conditions that end by themselves. */
const transientStatuses: ReadonlySet<number> = new Set([429, 499, 503]);

/** Quarantined versions are tried again rarely, because only a repaired repository can help them. */
export function retryDelayMs(isQuarantine: boolean, attempts: number): number {
  return isQuarantine
    ? Math.min(60 * minute, 5 * minute * 2 ** (attempts - 1))
    : Math.min(5 * minute, 2_000 * 2 ** (attempts - 1));
}

export function failureAfter(
  error: unknown,
  before: LoadFailure | undefined,
  now: number,
  fingerprint: string | undefined,
): LoadFailure {
  const { code, message } = reasonOf(error);
  const isQuarantine = !(isGlimpseError(error) && transientStatuses.has(error.statusCode));
  const attempts = (before?.attempts ?? 0) + 1;
  const retryAt = now + retryDelayMs(isQuarantine, attempts);
  return { code, message, isQuarantine, attempts, retryAt, fingerprint };
}

interface Failable {
  readonly failure: LoadFailure | undefined;
}

interface RetryTimer {
  /** Sets it for the first of them that may not be tried again at `now`; there is no timer when all may. */
  set(versions: Iterable<Failable>, now: number): void;
  clear(): void;
}

/** The timer for the next version whose load may be tried again; it keeps no process alive. */
export function createRetryTimer(retry: () => void): RetryTimer {
  let timer: NodeJS.Timeout | undefined;
  return {
    set(versions, now) {
      clearTimeout(timer);
      const waitMs = nextRetryMs(versions, now);
      if (waitMs !== undefined) timer = setTimeout(retry, waitMs).unref();
    },
    clear: () => clearTimeout(timer),
  };
}

/** How long it is until the first of them may be tried again; undefined when none waits for that. */
function nextRetryMs(versions: Iterable<Failable>, now: number): number | undefined {
  let next = Infinity;
  for (const { failure } of versions) {
    if (failure && failure.retryAt > now) next = Math.min(next, failure.retryAt);
  }
  return next === Infinity ? undefined : next - now;
}

export function reasonOf(error: unknown): Reason {
  if (isGlimpseError(error)) return { code: error.code, message: error.message };
  const message = systemReasonOf(error);
  return { code: 'GLIMPSE_INTERNAL', message };
}

/** A failure for the `details` of an error. */
export function asDetails({ code, message, retryAt }: LoadFailure): ErrorDetails {
  return { reason: { code, message }, retryAt: new Date(retryAt).toISOString() };
}
