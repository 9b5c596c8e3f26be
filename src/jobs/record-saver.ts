import type { JobStore, StoredJob } from './store.ts';
import { messageOf } from '../errors.ts';

/** Writes the records of jobs one after the other, each in its newest form, and again until it worked. */
export interface RecordSaver {
  /** Resolves when it is on disk, or could not be written for now. */
  now(id: string): Promise<void>;
  /** Within moments, together with whatever changes until then. */
  soon(id: string): void;
  /** Tries all that is not on disk yet, once. */
  settled(): Promise<void>;
  /** The last try. */
  close(): Promise<void>;
}

export interface RecordSaverOptions {
  readonly store: Pick<JobStore, 'save'>;
  readonly current: (id: string) => StoredJob | undefined;
  /** Told once for each record, until it could be written. */
  readonly onProblem: (problem: string) => void;
}

/** Epochs may end many times a second; their records are written this often. */
const SAVE_INTERVAL_MS = 500;
/** A full disk may have room again. */
const RETRY_INTERVAL_MS = 5000;

/** A saver of records as they are when their turn has come. */
export function createRecordSaver({ store, current, onProblem }: RecordSaverOptions): RecordSaver {
  const waiting = new Set<string>();
  const troubled = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let isClosed = false;

  const arm = (delayMs: number): void => {
    if (!isClosed) timer ??= setTimeout(() => void settled(), delayMs).unref();
  };
  const write = async (id: string): Promise<void> => {
    const job = current(id);
    if (!job) return;
    try {
      await store.save(job);
      troubled.delete(id);
    } catch (error) {
      // The job goes on: its record in memory is right.
      const reason = messageOf(error);
      if (!troubled.has(id)) onProblem(`The record of job ${id} could not be written: ${reason}`);
      troubled.add(id);
      waiting.add(id);
      arm(RETRY_INTERVAL_MS);
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
      arm(SAVE_INTERVAL_MS);
    },
    settled,
    close() {
      isClosed = true;
      return settled();
    },
  };
}
