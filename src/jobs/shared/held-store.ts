import { rm } from 'node:fs/promises';
import { retryWhileAway } from '../../training/retry.ts';
import type { JobLog } from '../log.ts';
import { hasEnded, keepsNet } from '../record.ts';
import { createJobStore, jobPaths, type JobStore, type JobStoreOptions } from '../store.ts';
import type { StoredJob } from '../stored-job.ts';
import type { HeldRecord } from './held-record.ts';
import type { JobFiles } from './job-files.ts';
import { openWorkCopy } from './work-copy.ts';

/** What works on jobs sees one: its record in the store that all share, its files on this machine and copied there. */
export type HeldStore = Pick<
  JobStore,
  'load' | 'save' | 'remove' | 'clearWork' | 'openLog' | 'openWork'
> & {
  /** Removes the files from this machine. */
  close(): Promise<void>;
};

export interface HeldStoreOptions extends JobStoreOptions {
  readonly files: JobFiles;
  readonly onProblem: (problem: string) => void;
  /** Gives up waiting for a store that is away. */
  readonly signal: AbortSignal;
}

/** Brings the files of a job that was taken to this machine, waiting for a store that is away. */
export async function openHeldStore(
  job: StoredJob,
  held: HeldRecord,
  options: HeldStoreOptions,
): Promise<HeldStore> {
  const { id } = job.record;
  const { files, folder, onProblem, signal } = options;
  const { own } = jobPaths(folder, id);
  await rm(own, { recursive: true, force: true });
  const local = createJobStore(options);
  const copy = openWorkCopy(job, { files, folder, onProblem });
  const whileAway = { maxMs: Number.POSITIVE_INFINITY, signal };
  const isLost = (): boolean => held.stop.reason === 'lost';
  held.stop.addEventListener('abort', () => isLost() && copy.close());
  await retryWhileAway(() => copy.fetch(), whileAway);
  let log: JobLog | undefined;

  const push = async (of: 'ended' | 'unfinished'): Promise<void> => {
    await log?.settled();
    if (!isLost()) await retryWhileAway(() => copy.push(of), whileAway);
  };
  return {
    load: async () => [job],
    async save(now) {
      const { record } = now;
      // Who reads that it has ended finds its files; who goes on with it finds how far it was.
      if (keepsNet(record) || record.state === 'interrupted') await push('unfinished');
      else if (hasEnded(record)) await push('ended');
      await held.save(now);
    },
    // It is remembered by whoever shares it, not by who works on it.
    remove: async () => {},
    async clearWork() {
      if (!isLost()) await copy.clear();
    },
    openLog: () => (log ??= local.openLog(id)),
    openWork: (now) => local.openWork(now),
    async close() {
      copy.close();
      await rm(own, { recursive: true, force: true });
    },
  };
}
