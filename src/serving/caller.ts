import { errors, isGlimpseError } from '../errors.ts';

/** How long a caller is waited for: until it leaves or its deadline passes, whichever comes first. */
export interface Patience {
  /** Aborts with GLIMPSE_DEADLINE_EXCEEDED or GLIMPSE_CLIENT_CLOSED. */
  readonly signal: AbortSignal;
  /**
   * The result of a stage, or the reason why nobody waits for it any more, at once. What comes too late is
   * handed to `discard`, so that nothing that must be given back is lost.
   */
  guard<T>(stage: Promise<T>, discard?: (late: T) => void): Promise<T>;
  /** The same error, but a passed deadline always in terms of the whole call, whichever stage noticed it. */
  reword(error: unknown): unknown;
  /** Ends the watch; call it in `finally`. */
  end(): void;
}

/** What Node's timers can wait at most; anything longer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export function createPatience(caller: AbortSignal, deadline: number): Patience {
  const stop = new AbortController();
  const leave = (): void => stop.abort(reasonOf(caller));
  const leftMs = deadline - performance.now();
  const tooLate = (): Error =>
    new errors.GLIMPSE_DEADLINE_EXCEEDED(Math.max(0, Math.round(leftMs)));
  const giveUp = (): void => stop.abort(tooLate());
  const timer = leftMs > 0 ? setTimeout(giveUp, Math.min(leftMs, longestTimerMs)) : undefined;
  if (caller.aborted) leave();
  else if (leftMs <= 0) giveUp();
  else caller.addEventListener('abort', leave, { once: true });

  return {
    signal: stop.signal,
    guard: (stage, discard) => guard(stop.signal, stage, discard),
    reword: (error) =>
      isGlimpseError(error) && error.code === 'GLIMPSE_DEADLINE_EXCEEDED' ? tooLate() : error,
    end() {
      clearTimeout(timer);
      caller.removeEventListener('abort', leave);
    },
  };
}

async function guard<T>(
  signal: AbortSignal,
  stage: Promise<T>,
  discard: (late: T) => void = () => {},
): Promise<T> {
  let isLate = false;
  const observed = stage.then((result) => {
    if (isLate) discard(result);
    return result;
  });
  return await new Promise<T>((resolve, reject) => {
    const giveUp = (): void => {
      isLate = true;
      reject(asError(signal.reason));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
    observed
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', giveUp))
      .catch(() => {});
  });
}

function reasonOf(caller: AbortSignal): Error {
  const reason: unknown = caller.reason;
  return isGlimpseError(reason) ? reason : new errors.GLIMPSE_CLIENT_CLOSED();
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new errors.GLIMPSE_CLIENT_CLOSED();
}
