import { asError } from '../../errors.ts';
import type { Random } from '../../random.ts';

/** labels: one conditional request per model. everything: all models and versions are listed as well. */
export type PollKind = 'labels' | 'everything';

export interface PollerOptions {
  /** Rejects when the store did not answer; what could be read is kept. */
  poll(kind: PollKind, signal: AbortSignal): Promise<void>;
  /** Called after every poll, failed ones included. */
  onPolled(error: Error | undefined): void;
  /** 0: no polling by a timer. */
  readonly pollIntervalMs: number;
  /** 0: no polling by a timer. */
  readonly rescanIntervalMs: number;
  readonly random: Random;
}

export interface Poller {
  /** Whether a poll of everything has succeeded at least once. */
  readonly hasPolledAll: boolean;
  /** Why the last poll failed. */
  readonly failure: Error | undefined;
  /**
   * Polls everything now. Overlapping calls share polls, but each call gets one that began after it,
   * so what was published before the call is read. Never rejects; see `failure`.
   */
  pollNow(): Promise<void>;
  /** Ends the current poll and all timers. */
  close(): Promise<void>;
}

/** The longest delay of a Node timer; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The delay until the next poll: the interval with a jitter, so that many servers do not poll at once. Failures
 * double the interval and no more: after an outage a rollback is read within two intervals.
 */
export function nextPollMs(when: {
  readonly baseMs: number;
  readonly failures: number;
  readonly hasPolledAll: boolean;
  /** Uniform in [0, 1). */
  readonly chance: number;
}): number {
  const { baseMs, failures, hasPolledAll, chance } = when;
  const jitter = 0.8 + 0.4 * chance;
  const longestMs = baseMs * (failures > 0 ? 2 : 1);
  // A server that has read nothing yet cannot serve: its first retries come sooner than its interval.
  const soonerMs = hasPolledAll ? Infinity : Math.min(30_000, 1_000 * 2 ** (failures - 1));
  return Math.min(longestTimerMs, Math.min(longestMs, soonerMs) * jitter);
}

/** Polls the repository at intervals, and at once on `pollNow`; one poll at a time. */
export function createPoller(options: PollerOptions): Poller {
  return new TimedPoller(options);
}

class TimedPoller implements Poller {
  hasPolledAll = false;
  failure: Error | undefined;
  readonly #options: PollerOptions;
  readonly #closing = new AbortController();
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #rescanAt = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  pollNow(): Promise<void> {
    if (!this.#current) return this.#start('everything');
    // The current poll may have read before the caller wrote: one more is needed.
    this.#next ??= this.#after(this.#current);
    return this.#next;
  }

  async #after(current: Promise<void>): Promise<void> {
    await current;
    this.#next = undefined;
    await (this.#current ?? this.#start('everything'));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#next;
    await this.#current;
  }

  #start(kind: PollKind): Promise<void> {
    clearTimeout(this.#timer);
    this.#current = this.#poll(kind);
    return this.#current;
  }

  async #poll(kind: PollKind): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    try {
      await this.#options.poll(kind, signal);
      this.failure = undefined;
      this.#failures = 0;
      // Labels alone are polled once everything was.
      this.hasPolledAll = true;
    } catch (error) {
      this.failure = asError(error);
      this.#failures += 1;
    }
    if (kind === 'everything' && !this.failure) {
      this.#rescanAt = performance.now() + this.#options.rescanIntervalMs;
    }
    this.#current = undefined;
    if (signal.aborted) return;
    this.#schedule();
    this.#options.onPolled(this.failure);
  }

  #schedule(): void {
    const { pollIntervalMs, rescanIntervalMs, random } = this.#options;
    const intervals = [pollIntervalMs, rescanIntervalMs].filter((interval) => interval > 0);
    const { hasPolledAll } = this;
    if (intervals.length === 0 && hasPolledAll) return;
    const baseMs = Math.min(...intervals, longestTimerMs);
    const chance = random.next();
    const delayMs = nextPollMs({ baseMs, failures: this.#failures, hasPolledAll, chance });
    this.#timer = setTimeout(() => void this.#start(this.#dueKind()), delayMs).unref();
  }

  #dueKind(): PollKind {
    const { pollIntervalMs, rescanIntervalMs } = this.#options;
    if (!this.hasPolledAll || pollIntervalMs === 0) return 'everything';
    return rescanIntervalMs > 0 && performance.now() >= this.#rescanAt ? 'everything' : 'labels';
  }
}
