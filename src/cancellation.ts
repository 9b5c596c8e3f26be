import { errors, isGlimpseError, withDetails } from './errors.ts';

/**
 * The part of an AbortSignal that work has to watch. The cancellation of a call has the same part without
 * the rest: making a real one for every request costs more than all its timers and promises.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The end of a call before its result: its caller left, its deadline passed, or it failed, whichever is first. */
export interface Cancellation extends CancelSignal {
  /** When the call began, on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** When its result must be there, on the same clock. */
  readonly deadline: number;
  /** Its result must be there by then; a deadline that comes sooner stays. */
  expireBy(deadline: number): void;
  /** Why it ended. */
  readonly reason: Error | undefined;
  /** Aborts all work for the call. Only the first reason counts. */
  cancel(reason: Error): void;
  /**
   * The result of a stage, or at once the reason why the call has ended; a passed deadline is always
   * that of the whole call. What comes too late is handed to `discard`, so that it can be given back.
   */
  race<T>(stage: Promise<T>, discard?: (late: T) => void): Promise<T>;
  /** Clears the deadline timer, once the call is over. */
  end(): void;
}

/** What Node's timers can wait at most; anything longer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Without a deadline a call ends only by `cancel`. */
export function createCancellation({
  startedAt = performance.now(),
  deadline = Infinity,
}: { startedAt?: number; deadline?: number } = {}): Cancellation {
  return new CallCancellation(startedAt, deadline);
}

class CallCancellation implements Cancellation {
  readonly startedAt: number;
  deadline = Infinity;
  reason: Error | undefined;
  /** Few at a time, and the last to come is mostly the first to leave. */
  #listeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(startedAt: number, deadline: number) {
    this.startedAt = startedAt;
    this.expireBy(deadline);
  }

  expireBy(deadline: number): void {
    if (deadline >= this.deadline || this.reason) return;
    this.deadline = deadline;
    this.end();
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) this.cancel(this.#exceeded());
    else if (leftMs <= longestTimerMs) {
      this.#timer = setTimeout(() => this.cancel(this.#exceeded()), leftMs);
    }
  }

  get aborted(): boolean {
    return this.reason !== undefined;
  }

  cancel(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.end();
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.lastIndexOf(listener);
    if (at !== -1) this.#listeners.splice(at, 1);
  }

  race<T>(stage: Promise<T>, discard?: (late: T) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(this.reason!);
      if (this.aborted) leave();
      else this.addEventListener('abort', leave);
      const pass = (result: T): void => {
        this.removeEventListener('abort', leave);
        if (this.aborted) discard?.(result);
        resolve(result);
      };
      const fail = (error: unknown): void => {
        this.removeEventListener('abort', leave);
        reject(isDeadlineExceeded(error) ? this.#exceeded() : error);
      };
      void stage.then(pass, fail);
    });
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #exceeded(): Error {
    return deadlineExceeded(this.startedAt, this.deadline);
  }
}

/** How a call fails whose time is over. */
export function deadlineExceeded(startedAt: number, deadline: number): Error {
  return new errors.GLIMPSE_DEADLINE_EXCEEDED(Math.max(0, Math.round(deadline - startedAt)));
}

export function isDeadlineExceeded(error: unknown): boolean {
  return isGlimpseError(error) && error.code === 'GLIMPSE_DEADLINE_EXCEEDED';
}

/** The error for a caller that left: the reason of its signal if it is ours, else GLIMPSE_CLIENT_CLOSED. */
export function cancelReasonOf(signal: CancelSignal | undefined): Error {
  const reason = signal?.reason;
  if (isGlimpseError(reason)) return reason;
  return withDetails(new errors.GLIMPSE_CLIENT_CLOSED(), {}, reason);
}

/** Throws for a caller who has left already. */
export function throwIfCancelled(signal: CancelSignal | undefined): void {
  if (signal?.aborted) throw cancelReasonOf(signal);
}
