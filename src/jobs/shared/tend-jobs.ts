import { randomInt } from 'node:crypto';
import { messageOf } from '../../errors.ts';
import type { JobExecutor } from '../executor.ts';
import { hasEnded } from '../record.ts';
import { tooOld } from '../tracker.ts';
import type { JobFiles } from './job-files.ts';
import type { JobMirror } from './job-mirror.ts';
import type { SharedRecords } from './shared-records.ts';

/** Sees to it that no job is left that nobody works on, and that those of long ago go. */
export interface JobTending {
  /** Looks now. */
  look(): Promise<void>;
  stop(): void;
}

export interface JobTendingOptions {
  readonly mirror: JobMirror;
  readonly records: SharedRecords;
  readonly files: JobFiles;
  readonly executor: Pick<JobExecutor, 'describe' | 'submit'>;
  /** How many ended jobs are remembered. */
  readonly keep: number;
  readonly onProblem: (problem: string) => void;
  /** How often it looks, about. */
  readonly everyMs: number;
}

/**
 * The record of a job says that it is to be worked on; an executor that has lost it (its memory, its disk) is given it again.
 * That is found by two looks, for between them a job may be on its way.
 */
export function tendJobs(options: JobTendingOptions): JobTending {
  const { mirror, records, files, executor, keep, onProblem, everyMs } = options;
  let missing = new Set<string>();
  let isFailing = false;

  const look = async (): Promise<void> => {
    await mirror.catchUp();
    const before = missing;
    missing = new Set();
    for (const { record } of mirror.all()) {
      const { id } = record;
      if (hasEnded(record) || (await executor.describe(id)) !== undefined) continue;
      if (before.has(id)) await executor.submit(record);
      else missing.add(id);
    }
    for (const { record } of tooOld(mirror.all(), keep)) {
      await records.remove(record.id);
      await files.remove(record.id);
      await mirror.put(record.id, undefined);
    }
  };
  const tick = async (): Promise<void> => {
    try {
      await look();
      isFailing = false;
    } catch (error) {
      if (!isFailing) onProblem(`Jobs cannot be looked after: ${messageOf(error)}`);
      isFailing = true;
    }
    schedule();
  };
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const schedule = (): void => {
    // Those of a fleet do not all look at once.
    const waitMs = everyMs / 2 + randomInt(0, Math.max(1, everyMs));
    if (!isStopped) timer = setTimeout(() => void tick(), waitMs).unref();
  };
  schedule();
  return {
    look,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
