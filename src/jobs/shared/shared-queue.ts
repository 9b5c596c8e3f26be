import { createLimiter, type Limiter } from '../../concurrency.ts';
import { errors } from '../../errors.ts';
import {
  admit,
  discardUploads,
  type AdmissionOptions,
  type Admitted,
  type Submission,
} from '../admission.ts';
import { cancelled, checkPublishable, type AwaitServing } from '../endings.ts';
import type { JobExecutor } from '../executor.ts';
import { countStates, type JobQueue } from '../queue.ts';
import { hasEnded, keepsNet, requeued } from '../record.ts';
import { SHEET_FILE } from '../sheet-file.ts';
import type { StoredJob } from '../stored-job.ts';
import { AlreadyMade, enterJob, idOfKey } from './enter-job.ts';
import type { JobFiles } from './job-files.ts';
import { createJobMirror, type JobMirror } from './job-mirror.ts';
import { readSharedLog } from './read-log.ts';
import type { SharedRecords } from './shared-records.ts';
import { tendJobs } from './tend-jobs.ts';
import { clearWork } from './work-copy.ts';

export interface SharedQueueOptions extends Pick<AdmissionOptions, 'accept' | 'maxQueued'> {
  readonly records: SharedRecords;
  readonly files: JobFiles;
  readonly executor: JobExecutor;
  /** How many ended jobs are remembered. */
  readonly keep: number;
  /** Awaited when a job has published a version, before its success is told here. */
  readonly awaitServing: AwaitServing;
  /** Called for failures that no caller receives. */
  readonly onProblem: (problem: string) => void;
  /** How often jobs are looked for that nobody works on, about. */
  readonly tendMs: number;
  readonly now?: () => Date;
}

/**
 * The jobs of all servers that share a store. Any of them takes a request in, lists, follows and cancels what any
 * other has taken in; workers do the work, and a server that ends takes no job with it.
 */
export function createSharedQueue(options: SharedQueueOptions): JobQueue {
  const { records, files, executor, now = () => new Date() } = options;
  const mirror = createJobMirror(options);
  const tending = tendJobs({ ...options, mirror, everyMs: options.tendMs });
  const stopListening = executor.events((id, event) => mirror.hint(id, event));
  const turns = createLimiter({ concurrency: 1 });
  let isDraining = false;

  const change = async (id: string, by: (job: StoredJob) => StoredJob): Promise<StoredJob> => {
    const changed = await records.change(id, by);
    await mirror.put(id, changed);
    return changed.job;
  };
  const drain = async (): Promise<void> => {
    isDraining = true;
    tending.stop();
    await turns.run(async () => {});
  };
  return {
    submit: submitTo(options, mirror, turns, () => isDraining),
    catchUp: (id) => mirror.catchUp(id),
    get: (id) => mirror.get(id).record,
    list: () =>
      mirror
        .all()
        .map(({ record }) => record)
        .toReversed(),
    states: () => countStates(mirror.all()),
    async cancel(id) {
      const job = await change(id, (found) => unwanted(found, now()));
      if (hasEnded(job.record)) await clearWork(files, job);
      // Whoever works on it looks at the record: this is only faster.
      await executor.cancel(id).catch(() => false);
      return job.record;
    },
    async publish(id) {
      const job = await change(id, (found) => {
        checkPublishable(found.record);
        if (!keepsNet(found.record)) return found;
        if (isDraining) throw new errors.GLIMPSE_DRAINING();
        // The deaths before count no more: this is somebody's own wish.
        return { ...found, record: requeued(found.record), deaths: 0 };
      });
      if (job.record.state === 'queued') await executor.submit(job.record);
      return job.record;
    },
    events: (id, follow) => mirror.follow(id, follow),
    logs: (id, { lastLines } = {}) => readSharedLog(files, mirror.get(id).record.id, lastLines),
    async sheet(id) {
      const png = await files.read(mirror.get(id).record.id, SHEET_FILE);
      if (png) return Buffer.from(png);
      throw new errors.GLIMPSE_SHEET_NOT_FOUND(id);
    },
    drain,
    async close() {
      await drain();
      stopListening();
      mirror.close();
    },
  };
}

/** No job has this id; whoever can say so answers. */
const neverMade = '0'.repeat(16);

/** Takes requests in, one after the other. */
function submitTo(
  options: SharedQueueOptions,
  mirror: JobMirror,
  turns: Limiter,
  isDraining: () => boolean,
): JobQueue['submit'] {
  const { executor, accept, maxQueued, now = () => new Date() } = options;
  const enter = async (submission: Submission): Promise<Admitted> => {
    await mirror.catchUp();
    const entering = enterJob({ ...options, mirror, now });
    return admit(submission, { ...entering, accept, maxQueued, idOf: idOfKey, now });
  };
  return async (kind, request, { uploads = [], idempotencyKey, permit = () => {} } = {}) => {
    const submission = { kind, request, uploads, idempotencyKey, permit };
    try {
      return await turns.run(async () => {
        if (isDraining()) throw new errors.GLIMPSE_DRAINING();
        // An executor that does not answer refuses it before anything is written.
        await executor.describe(neverMade);
        return enter(submission).catch((error: unknown) => {
          if (error instanceof AlreadyMade) return enter(submission);
          throw error;
        });
      });
    } finally {
      await discardUploads(uploads);
    }
  };
}

/** A job at work is ended by whoever holds it; any other one ends here. GLIMPSE_JOB_FINISHED. */
function unwanted(job: StoredJob, now: Date): StoredJob {
  const { record, hold, isUnwanted: _, ...rest } = job;
  if (hasEnded(record) && !keepsNet(record)) {
    throw new errors.GLIMPSE_JOB_FINISHED(record.id, record.state);
  }
  if (record.state === 'running' && hold) return { ...job, isUnwanted: true };
  return { ...rest, record: cancelled(record, now) };
}
