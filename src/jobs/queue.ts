import { createLimiter } from '../concurrency.ts';
import { errors } from '../errors.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import { admit, discardUploads, type AdmissionOptions, type Admitted } from './admission.ts';
import { cancelJob, recoverJobs, requeueKept, type AwaitServing } from './endings.ts';
import type { FollowOptions } from './events.ts';
import type { JobKindName } from './kinds.ts';
import type { JobSubject } from './kinds/job-kind.ts';
import type { Launch } from './launch.ts';
import {
  createLocalExecutor,
  type LocalExecutor,
  type LocalExecutorOptions,
} from './local-executor.ts';
import { hasEnded, keepsNet } from './record.ts';
import type { JobEvent, JobRecord, JobState } from './record.ts';
import { launchSearches } from './searching/run-search-job.ts';
import type { JobStore } from './store.ts';
import type { StoredJob } from './stored-job.ts';
import { openJobTracker } from './tracker.ts';

/**
 * Jobs of every kind: accepted, kept, worked on, and remembered over restarts. One training runs at a time, and beside
 * it one short job, which so never waits for a training.
 */
export interface JobQueue {
  /**
   * Takes a request in, or refuses it: GLIMPSE_INVALID_REQUEST and the other reasons a request cannot be
   * worked on, GLIMPSE_TRAINING_QUEUE_FULL, GLIMPSE_IDEMPOTENCY_CONFLICT, GLIMPSE_DRAINING. With a key that
   * is known, the job it made is returned and nothing is created. The uploaded files are the queue's
   * from here on, refused or not.
   */
  submit(kind: JobKindName, request: unknown, options?: SubmitOptions): Promise<Admitted>;
  /**
   * Brings what `get`, `list` and `states` tell, of one job or of all, up to what other processes have done. Nothing is
   * to be done where no other one has these jobs. GLIMPSE_STORE_UNAVAILABLE.
   */
  catchUp(id?: string): Promise<void>;
  /** GLIMPSE_JOB_NOT_FOUND. */
  get(id: string): JobRecord;
  /** Newest first. */
  list(): JobRecord[];
  /** How many remembered jobs are in each state. */
  states(): Record<JobState, number>;
  /**
   * A queued job is cancelled at once; a running one ends within moments; its state changes then. A failed one that
   * keeps a net gives it up.
   * GLIMPSE_JOB_NOT_FOUND, GLIMPSE_JOB_FINISHED.
   */
  cancel(id: string): Promise<JobRecord>;
  /**
   * Has the net that a failed job keeps published, as the same job; one that waits for it or is done already stays
   * as it is. GLIMPSE_JOB_NOT_FOUND, GLIMPSE_NOTHING_TO_PUBLISH, GLIMPSE_DRAINING.
   */
  publish(id: string): Promise<JobRecord>;
  /** The past and future of a job until it has ended. GLIMPSE_JOB_NOT_FOUND at once. */
  events(id: string, options: FollowOptions): AsyncGenerator<JobEvent>;
  /** The log of a job: the output of its processes, its events and states, as lines. GLIMPSE_JOB_NOT_FOUND. */
  logs(id: string, options?: { readonly lastLines?: number }): Promise<string>;
  /** The contact sheet, a PNG, of a dataset that a job looked at. GLIMPSE_JOB_NOT_FOUND, GLIMPSE_SHEET_NOT_FOUND. */
  sheet(id: string): Promise<Buffer>;
  /** Refuses new jobs, puts the running ones aside, keeps the queued ones for the next start. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface SubmitOptions {
  readonly uploads?: readonly UploadedFile[];
  readonly idempotencyKey?: string;
  /** Throws when the caller may not have work done on what the accepted request is about. */
  readonly permit?: (subject: JobSubject) => void;
}

export interface JobQueueOptions extends Omit<
  AdmissionOptions,
  'store' | 'tracker' | 'idOf' | 'now'
> {
  readonly store: JobStore;
  readonly launch: Launch;
  /** How many ended jobs are remembered. */
  readonly keep: number;
  /** Awaited when a job has published a version, before its success is recorded and announced. */
  readonly awaitServing?: AwaitServing;
  readonly onEvent?: (record: JobRecord, event: JobEvent) => void;
  /** Called for failures that no caller receives. */
  readonly onProblem?: (problem: string) => void;
  readonly now?: () => Date;
}

/** Opens the queue and resumes the jobs that an earlier process left queued, running or interrupted. */
export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const { store, launch, accept, maxQueued, keep, now = () => new Date() } = options;
  const { onEvent = () => {}, onProblem = () => {}, awaitServing = async () => {} } = options;
  const tracker = await openJobTracker({ store, keep, onEvent, onProblem });
  const local = { tracker, store, launch, awaitServing, now, onProblem };
  const executor = openExecutor(local, () => queue);
  // One after the other, so that a check still holds when it is acted on.
  const turns = createLimiter({ concurrency: 1 });
  let isDraining = false;

  const drain = async (): Promise<void> => {
    isDraining = true;
    await turns.run(() => executor.drain());
  };

  const queue: JobQueue = {
    async submit(kind, request, { uploads = [], idempotencyKey, permit = () => {} } = {}) {
      const submission = { kind, request, uploads, idempotencyKey, permit };
      try {
        return await turns.run(async () => {
          if (isDraining) throw new errors.GLIMPSE_DRAINING();
          const admitted = await admit(submission, { store, tracker, accept, maxQueued, now });
          await executor.submit(admitted.job);
          return admitted;
        });
      } finally {
        await discardUploads(uploads);
      }
    },
    catchUp: async () => {},
    get: (id) => tracker.get(id).record,
    list: () =>
      tracker
        .all()
        .map(({ record }) => record)
        .toReversed(),
    states: () => countStates(tracker.all()),
    async cancel(id) {
      const { record } = tracker.get(id);
      if (hasEnded(record) && !keepsNet(record))
        throw new errors.GLIMPSE_JOB_FINISHED(id, record.state);
      const isStopping = record.state === 'running' && (await executor.cancel(id));
      if (!isStopping) await cancelJob(tracker, id, now());
      return tracker.get(id).record;
    },
    publish: (id) =>
      turns.run(async () => {
        await requeueKept(tracker, id, () => isDraining);
        await executor.submit(tracker.get(id).record);
        return tracker.get(id).record;
      }),
    events: (id, follow) => tracker.follow(id, follow),
    logs: (id, { lastLines } = {}) => tracker.readLog(id, lastLines),
    sheet: async (id) => sheetOf(tracker.get(id), store),
    drain,
    async close() {
      await drain();
      await tracker.close();
    },
  };
  await recoverJobs(tracker, executor, now());
  return queue;
}

/** Works on jobs in processes of their own; on searches here, where their trials become jobs. */
function openExecutor(options: LocalExecutorOptions, queue: () => JobQueue): LocalExecutor {
  const { tracker } = options;
  const recordOf = (id: string): JobRecord => tracker.get(id).record;
  const launch = launchSearches({ launch: options.launch, queue, recordOf });
  const executor = createLocalExecutor({ ...options, launch });
  executor.events((id, event) => {
    // A server that ends during a search counts only where no trial has ended since the one before.
    const isFurther = event?.type === 'trial' && event.trial.state !== 'running';
    if (event) tracker.report(id, event, isFurther ? { deaths: 0 } : {});
  });
  return executor;
}

async function sheetOf({ record: { id } }: StoredJob, store: JobStore): Promise<Buffer> {
  const png = await store.readSheet(id);
  if (png) return png;
  throw new errors.GLIMPSE_SHEET_NOT_FOUND(id);
}

/** How many jobs are in each state. */
export function countStates(jobs: readonly StoredJob[]): Record<JobState, number> {
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, interrupted: 0 };
  for (const { record } of jobs) counts[record.state] += 1;
  return counts;
}
