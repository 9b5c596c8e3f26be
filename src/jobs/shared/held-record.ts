import { randomUUID } from 'node:crypto';
import { errors, isGlimpseError } from '../../errors.ts';
import { retryWhileAway } from '../../training/retry.ts';
import { hasEnded, type JobRecord } from '../record.ts';
import type { JobHold, StoredJob } from '../stored-job.ts';
import type { SharedRecords } from './shared-records.ts';

/**
 * The record of a job in the hands of whoever works on it. Nobody is asked to let go: who takes a job that another
 * one has takes it away, and what that one writes from then on is not written.
 */
export interface HeldRecord {
  /** Writes how the job stands, however long the store is away; nothing once it is lost. */
  save(job: StoredJob): Promise<void>;
  /** Looks whether it is still ours and still wanted. */
  look(): Promise<void>;
  /** Aborts with 'lost' when another one has taken the job or ended it, with 'unwanted' when it is to be stopped. */
  readonly stop: AbortSignal;
  /** Saves what can be saved at once from now on. */
  close(): void;
}

export interface Holder {
  /** Which process, for people. */
  readonly worker: string;
  readonly codeVersion: string;
}

/**
 * Takes a job to work on it; undefined when it has ended. A process that dies and had come no further than when it
 * took the job counts as a death; one that had come further does not, nor do those before it.
 */
export async function takeJob(
  records: SharedRecords,
  id: string,
  holder: Holder,
  now: Date,
): Promise<(StoredJob & { readonly hold: JobHold }) | undefined> {
  const hold = { ...holder, token: randomUUID(), since: now.toISOString() };
  const { job } = await records.change(id, (found) => {
    if (hasEnded(found.record)) return found;
    const { deaths: before, hold: earlier, ...rest } = found;
    const progress = progressOf(found.record);
    const deaths = earlier && progress > earlier.progress ? 0 : before;
    return { ...rest, ...(deaths !== undefined && { deaths }), hold: { ...hold, progress } };
  });
  return job.hold?.token === hold.token ? { ...job, hold: job.hold } : undefined;
}

/** How far a job is, as a number that grows. */
export function progressOf({ history, progress, publishable, trials = [] }: JobRecord): number {
  const ended = trials.filter(({ state }) => state !== 'running').length;
  return history.length + (progress?.rows ?? 0) + (publishable ? 1 : 0) + ended;
}

/** Holds a job that was taken. */
export function holdRecord(records: SharedRecords, id: string, hold: JobHold): HeldRecord {
  const stop = new AbortController();
  const closing = new AbortController();
  const lose = (): void => stop.abort('lost');
  const isOurs = (job: StoredJob): boolean => job.hold?.token === hold.token;
  let isWrittenForGood = false;
  const write = async (now: StoredJob): Promise<void> => {
    const { hold: _, isUnwanted: __, ...job } = now;
    const isOver = hasEnded(job.record) || job.record.state === 'interrupted';
    const { job: written } = await records.change(id, (found) => {
      if (!isOurs(found)) throw new errors.GLIMPSE_JOB_NOT_FOUND(id);
      const { isUnwanted } = found;
      // A job that is put aside keeps the wish to be stopped; one that has ended has no wishes.
      const wish = isUnwanted && !hasEnded(job.record) ? { isUnwanted } : {};
      return isOver ? { ...job, ...wish } : { ...job, hold, ...wish };
    });
    if (written.isUnwanted) stop.abort('unwanted');
    if (isOver) isWrittenForGood = hasEnded(job.record);
  };
  return {
    async save(job) {
      if (stop.signal.reason === 'lost' || isWrittenForGood) return;
      try {
        const maxMs = Number.POSITIVE_INFINITY;
        await retryWhileAway(() => write(job), { maxMs, signal: closing.signal });
      } catch (error) {
        if (!isGone(error)) throw error;
        lose();
      }
    },
    async look() {
      const found = await records.read(id);
      if (typeof found !== 'object' || !isOurs(found.job)) lose();
      else if (found.job.isUnwanted) stop.abort('unwanted');
    },
    stop: stop.signal,
    close: () => closing.abort(),
  };
}

function isGone(error: unknown): boolean {
  return isGlimpseError(error) && error.code === 'GLIMPSE_JOB_NOT_FOUND';
}
