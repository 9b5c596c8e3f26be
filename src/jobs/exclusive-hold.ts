import { errors, messageOf } from '../errors.ts';
import { acquireLock, lockHolder, type FileLock } from '../repository/stores/disk/file-lock.ts';

/** Something that one process at a time has open, because what it stands on is one process's own. */
export interface ExclusiveHold<T> {
  /** Undefined while another process has it. */
  readonly opened: T | undefined;
  /** Which process has it, in words. */
  readonly holder: string;
  /** Stops waiting for it; what is open stays open. */
  stopWaiting(): Promise<void>;
  /** Closes what is open, then lets the next process have it. */
  close(): Promise<void>;
}

export interface ExclusiveHoldOptions<T> {
  /** Where the lock lies; it holds nothing else. */
  readonly lockFolder: string;
  readonly name: string;
  readonly open: () => Promise<T>;
  readonly close: (opened: T) => Promise<void>;
  /** Called when this process begins or ends to wait for another one, with the reason. */
  readonly onWaiting: (problem: string | undefined) => void;
  readonly timing?: LockTiming;
}

export interface LockTiming {
  /** How often the holder shows that it lives, and others look whether it does. */
  readonly beatMs: number;
  /** A holder in another container, of which no process number tells, is dead after this silence. */
  readonly strangerMs: number;
}

const usualTiming: LockTiming = { beatMs: 1_000, strangerMs: 10_000 };

/**
 * Opens it now, or as soon as the process that has it ends; a killed one has ended. Where no lock can be written
 * nothing else can be, either: it is opened without one.
 */
export async function holdExclusively<T>(
  options: ExclusiveHoldOptions<T>,
): Promise<ExclusiveHold<T>> {
  const hold = new LockedHold(options);
  await hold.start();
  return hold;
}

class LockedHold<T> implements ExclusiveHold<T> {
  opened: T | undefined;
  holder = inWords(undefined);
  readonly #options: ExclusiveHoldOptions<T>;
  readonly #timing: LockTiming;
  readonly #closing = new AbortController();
  #lock: FileLock | undefined;
  #beat: NodeJS.Timeout | undefined;
  #waiting: Promise<void> = Promise.resolve();

  constructor(options: ExclusiveHoldOptions<T>) {
    this.#options = options;
    this.#timing = options.timing ?? usualTiming;
  }

  async start(): Promise<void> {
    const lock = await this.#acquire(0).catch(() => 'unwritable' as const);
    if (lock === undefined) await this.#wait();
    else await this.#begin(lock === 'unwritable' ? undefined : lock);
  }

  async stopWaiting(): Promise<void> {
    this.#closing.abort();
    await this.#waiting;
  }

  async close(): Promise<void> {
    await this.stopWaiting();
    if (this.opened !== undefined) await this.#options.close(this.opened);
    clearInterval(this.#beat);
    // Nothing is lost when it cannot be released: the process is about to end, and that releases it.
    await this.#lock?.release().catch(() => {});
  }

  #acquire(waitMs: number): Promise<FileLock | undefined> {
    const { lockFolder, name } = this.#options;
    const { strangerMs, beatMs } = this.#timing;
    const timeouts = { strangerMs, waitMs, pollMs: beatMs };
    return acquireLock(lockFolder, name, timeouts, this.#closing.signal);
  }

  async #begin(lock: FileLock | undefined): Promise<void> {
    this.#lock = lock;
    const opened = await this.#options.open();
    this.opened = opened;
    if (!lock) return;
    this.#beat = setInterval(() => void this.#refresh(lock, opened), this.#timing.beatMs).unref();
  }

  async #wait(): Promise<void> {
    const { lockFolder, name, onWaiting } = this.#options;
    this.holder = inWords(await lockHolder(lockFolder, name).catch(() => undefined));
    onWaiting(inUse(this.holder));
    this.#waiting = this.#takeOver().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) onWaiting(messageOf(error));
    });
  }

  async #takeOver(): Promise<void> {
    await this.#begin(await this.#acquire(Infinity));
    this.#options.onWaiting(undefined);
  }

  /** A process that stood still for long was given up for dead: another one has it now. */
  async #refresh(lock: FileLock, opened: T): Promise<void> {
    // A disk that fails for a moment says nothing about who has the lock.
    const isHeld = await lock.refresh().catch(() => true);
    if (isHeld || lock !== this.#lock || this.#closing.signal.aborted) return;
    clearInterval(this.#beat);
    this.#lock = undefined;
    this.opened = undefined;
    await this.#options.close(opened);
    await this.#wait();
  }
}

function inWords(holder: Awaited<ReturnType<typeof lockHolder>>): string {
  if (!holder) return 'its process is not known';
  return holder.isNear
    ? `process ${holder.pid}`
    : `process ${holder.pid} of another container or machine`;
}

function inUse(holder: string): string {
  return new errors.GLIMPSE_DATA_DIR_IN_USE(holder).message;
}
