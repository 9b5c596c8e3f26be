import { asError } from '../errors.ts';
import type { Random } from '../random.ts';

/** labels: one conditional request per model. everything: all models and versions are listed, too. */
export type LookKind = 'labels' | 'everything';

export interface WatchOptions {
  /** Rejects when the store did not answer; what it could see it has taken in. */
  look(kind: LookKind, signal: AbortSignal): Promise<void>;
  /** After every look, whether it failed or not. */
  onLooked(error: Error | undefined): void;
  /** 0: never by itself. */
  readonly pollIntervalMs: number;
  /** 0: never by itself. */
  readonly rescanIntervalMs: number;
  readonly random: Random;
}

export interface Watch {
  /** Whether everything was seen at least once. */
  readonly hasSeenAll: boolean;
  /** Why the last look failed. */
  readonly failure: Error | undefined;
  /**
   * Looks at everything now. Overlapping calls share looks, but each call gets one that began after it,
   * so what was published before the call is seen. Never rejects; see `failure`.
   */
  nudge(): Promise<void>;
  /** Ends the look under way and all timers. */
  close(): Promise<void>;
}

/** What Node's timers can wait at most; anything longer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * When to look again: base is the interval, chance spreads the fleet. Failures stretch the interval to twice
 * its length and no further: after an outage a rollback is seen within two intervals.
 */
export function nextLookMs(when: {
  readonly baseMs: number;
  readonly failures: number;
  readonly hasSeenAll: boolean;
  /** Uniform in [0, 1). */
  readonly chance: number;
}): number {
  const { baseMs, failures, hasSeenAll, chance } = when;
  const jitter = 0.8 + 0.4 * chance;
  const longestMs = baseMs * (failures > 0 ? 2 : 1);
  // A server that has seen nothing yet cannot serve: it tries sooner than its interval at first.
  const soonerMs =
    failures > 0 && !hasSeenAll ? Math.min(30_000, 1_000 * 2 ** (failures - 1)) : Infinity;
  return Math.min(longestTimerMs, Math.min(longestMs, soonerMs) * jitter);
}

/** Looks into the repository by itself, and at once when nudged; one look at a time. */
export function createWatch(options: WatchOptions): Watch {
  return new PatientWatch(options);
}

class PatientWatch implements Watch {
  hasSeenAll = false;
  failure: Error | undefined;
  readonly #options: WatchOptions;
  readonly #closing = new AbortController();
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #rescanAt = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  nudge(): Promise<void> {
    if (!this.#current) return this.#begin('everything');
    // The look under way may have passed by what the caller has just written: one more is due.
    this.#next ??= this.#after(this.#current);
    return this.#next;
  }

  async #after(current: Promise<void>): Promise<void> {
    await current;
    this.#next = undefined;
    await (this.#current ?? this.#begin('everything'));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#next;
    await this.#current;
  }

  #begin(kind: LookKind): Promise<void> {
    clearTimeout(this.#timer);
    this.#current = this.#look(kind);
    return this.#current;
  }

  async #look(kind: LookKind): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    try {
      await this.#options.look(kind, signal);
      this.failure = undefined;
      this.#failures = 0;
      if (kind === 'everything') this.hasSeenAll = true;
    } catch (error) {
      this.failure = asError(error);
      this.#failures += 1;
    }
    if (kind === 'everything' && !this.failure) {
      this.#rescanAt = performance.now() + this.#options.rescanIntervalMs;
    }
    this.#current = undefined;
    if (signal.aborted) return;
    this.#arm();
    this.#options.onLooked(this.failure);
  }

  #arm(): void {
    const { pollIntervalMs, rescanIntervalMs, random } = this.#options;
    const intervals = [pollIntervalMs, rescanIntervalMs].filter((interval) => interval > 0);
    const { hasSeenAll } = this;
    if (intervals.length === 0 && hasSeenAll) return;
    const baseMs = Math.min(...intervals, longestTimerMs);
    const chance = random.next();
    const delayMs = nextLookMs({ baseMs, failures: this.#failures, hasSeenAll, chance });
    this.#timer = setTimeout(() => void this.#begin(this.#dueKind()), delayMs).unref();
  }

  #dueKind(): LookKind {
    const { pollIntervalMs, rescanIntervalMs } = this.#options;
    if (!this.hasSeenAll || pollIntervalMs === 0) return 'everything';
    return rescanIntervalMs > 0 && performance.now() >= this.#rescanAt ? 'everything' : 'labels';
  }
}
