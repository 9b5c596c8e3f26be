import type { JobStore } from './store.ts';
import type { StoredJob } from './stored-job.ts';
import { messageOf } from '../errors.ts';

/** Writes the records of jobs one at a time, each as it is when its turn comes, and retries failed writes. */
export interface RecordSaver {
  /** Writes the record; resolves when it is on disk, or when the write has failed and will be retried. */
  now(id: string): Promise<void>;
  /** Schedules a write within half a second; changes until then are part of it. */
  soon(id: string): void;
  /** Writes every record that is not on disk yet, trying each once. */
  settled(): Promise<void>;
  /** Like `settled`, and schedules no further retry. */
  close(): Promise<void>;
}

export interface RecordSaverOptions {
  readonly store: Pick<JobStore, 'save'>;
  readonly current: (id: string) => StoredJob | undefined;
  /** Called once for each record whose write fails, and again only after one has succeeded. */
  readonly onProblem: (problem: string) => void;
}

/** Epochs may end many times a second; their records are written this often. */
const SAVE_INTERVAL_MS = 500;
/** A full disk may have room again. */
const RETRY_INTERVAL_MS = 5000;

/** A saver of records as they are when their turn has come. */
export function createRecordSaver({ store, current, onProblem }: RecordSaverOptions): RecordSaver {
  const waiting = new Set<string>();
  const failing = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let isClosed = false;

  const schedule = (delayMs: number): void => {
    if (!isClosed) timer ??= setTimeout(() => void settled(), delayMs).unref();
  };
  const write = async (id: string): Promise<void> => {
    const job = current(id);
    if (!job) return;
    try {
      await store.save(job);
      failing.delete(id);
    } catch (error) {
      // The job continues: its record in memory is up to date.
      const reason = messageOf(error);
      if (!failing.has(id)) onProblem(`The record of job ${id} could not be written: ${reason}`);
      failing.add(id);
      waiting.add(id);
      schedule(RETRY_INTERVAL_MS);
    }
  };
  const now = (id: string): Promise<void> => {
    waiting.delete(id);
    writing = writing.then(() => write(id));
    return writing;
  };
  const settled = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    for (const id of waiting) void now(id);
    await writing;
  };
  return {
    now,
    soon(id) {
      waiting.add(id);
      schedule(SAVE_INTERVAL_MS);
    },
    settled,
    close() {
      isClosed = true;
      return settled();
    },
  };
}
