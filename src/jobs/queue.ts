import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { errors } from '../errors.ts';
import type { AcceptRequest } from './kinds/accept-request.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import { fingerprintOf } from './fingerprint.ts';
import { openJobTracker, type JobTracker } from './tracker.ts';
import type { FollowOptions } from './events.ts';
import { createJobLane } from './lane.ts';
import { recoverJobs, type BeforeSuccess } from './endings.ts';
import {
  hasEnded,
  kindOf,
  type JobEvent,
  type JobRecord,
  type JobState,
  type Work,
} from './record.ts';
import type { JobStore, StoredJob } from './store.ts';
import type { Launch } from './launch.ts';

/**
 * Jobs of training, evaluating and importing: accepted, kept, worked on, and remembered over restarts. One training
 * job runs at a time, and beside it one short job (any other kind), which so never waits for a training.
 */
export interface JobQueue {
  /**
   * Takes a request in, or refuses it: GLIMPSE_INVALID_REQUEST and the other reasons a request cannot be
   * worked on, GLIMPSE_TRAINING_QUEUE_FULL, GLIMPSE_IDEMPOTENCY_CONFLICT, GLIMPSE_DRAINING. With a key that
   * is known, the job it made is answered and nothing is created. The uploaded files are the queue's
   * from here on, refused or not.
   */
  submit(
    request: unknown,
    options?: SubmitOptions,
  ): Promise<{ readonly job: JobRecord; readonly created: boolean }>;
  /** The same for an evaluation of a version; GLIMPSE_VERSION_NOT_FOUND when there is none. */
  evaluate(
    target: { readonly model: string; readonly version: number },
    request: unknown,
    options?: SubmitOptions,
  ): Promise<{ readonly job: JobRecord; readonly created: boolean }>;
  /** The same for the import of a dataset into the repository. */
  importDataset(
    request: unknown,
    options?: SubmitOptions,
  ): Promise<{ readonly job: JobRecord; readonly created: boolean }>;
  /** GLIMPSE_JOB_NOT_FOUND. */
  get(id: string): JobRecord;
  /** Newest first. */
  list(): JobRecord[];
  /** How many remembered jobs are in each state. */
  states(): Record<JobState, number>;
  /**
   * A queued job is cancelled at once; a running one ends within moments, and its state tells.
   * GLIMPSE_JOB_NOT_FOUND, GLIMPSE_JOB_FINISHED.
   */
  cancel(id: string): Promise<JobRecord>;
  /** The past and future of a job until it has ended. GLIMPSE_JOB_NOT_FOUND at once. */
  events(id: string, options: FollowOptions): AsyncGenerator<JobEvent>;
  /** What the processes of a job said and what became of it, as lines of text. GLIMPSE_JOB_NOT_FOUND. */
  logs(id: string, options?: { readonly lastLines?: number }): Promise<string>;
  /** Refuses new jobs, puts the running ones aside, keeps the queued ones for the next start. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface SubmitOptions {
  readonly idempotencyKey?: string;
  readonly upload?: readonly UploadedFile[];
}

export interface JobQueueOptions {
  readonly store: JobStore;
  readonly launch: Launch;
  readonly accept: AcceptRequest;
  /** Most waiting jobs of all kinds together. */
  readonly maxQueued: number;
  /** How many ended jobs are remembered. */
  readonly keep: number;
  /** Awaited when a job has done its work, before its success is recorded and told. */
  readonly beforeSuccess?: BeforeSuccess;
  readonly onEvent?: (record: JobRecord, event: JobEvent) => void;
  /** Something went wrong that no caller hears of. */
  readonly onProblem?: (problem: string) => void;
  readonly now?: () => Date;
}

/** Opens the queue and goes on with what an earlier process left queued, running or interrupted. */
export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const { store, launch, now = () => new Date() } = options;
  const { onEvent = () => {}, onProblem = () => {}, beforeSuccess = async () => {} } = options;
  const tracker = await openJobTracker({ store, keep: options.keep, onEvent, onProblem });
  const lanes = [isTraining, isShort].map((takes) =>
    createJobLane({ tracker, store, launch, takes, beforeSuccess, now, onProblem }),
  );
  const wake = (): void => lanes.forEach((lane) => lane.wake());
  const inTurn = createTurns();
  let isDraining = false;
  await recoverJobs(tracker, now());
  wake();

  /** Takes a request in when its turn has come; `asked` is all of it that the client said. */
  const take = async (asked: unknown, submitted: SubmitOptions, decide: Decide) => {
    try {
      return await inTurn(async () => {
        if (isDraining) throw new errors.GLIMPSE_DRAINING();
        return admit(options, tracker, { ...submitted, asked, decide }).finally(wake);
      });
    } finally {
      for (const { file } of submitted.upload ?? []) await rm(file, { force: true });
    }
  };

  const drain = async (): Promise<void> => {
    isDraining = true;
    await inTurn(() => Promise.all(lanes.map((lane) => lane.drain())));
  };

  return {
    submit: (request, submitted = {}) =>
      take(['train', request], submitted, (upload) => options.accept.train(request, upload)),
    evaluate: (target, request, submitted = {}) =>
      take(['evaluate', target, request], submitted, (upload) =>
        options.accept.evaluate(target, request, upload),
      ),
    importDataset: (request, submitted = {}) =>
      take(['import', request], submitted, (upload) => options.accept.importing(request, upload)),
    get: (id) => tracker.get(id).record,
    list: () =>
      tracker
        .all()
        .map(({ record }) => record)
        .toReversed(),
    states: () => countStates(tracker),
    async cancel(id) {
      const { record } = tracker.get(id);
      if (hasEnded(record)) throw new errors.GLIMPSE_JOB_FINISHED(id, record.state);
      if (!lanes.some((lane) => lane.cancel(id))) {
        await tracker.change(id, { state: 'cancelled', endedAt: now().toISOString() });
      }
      return tracker.get(id).record;
    },
    events: (id, follow) => tracker.follow(id, follow),
    logs: (id, { lastLines } = {}) => tracker.readLog(id, lastLines),
    drain,
    async close() {
      await drain();
      await tracker.close();
    },
  };
}

const isTraining = ({ kind }: JobRecord): boolean => kind === 'train';
const isShort = (record: JobRecord): boolean => !isTraining(record);

/** Decides what a request means, or refuses it. */
type Decide = (upload: readonly UploadedFile[]) => Promise<Work>;

/** Makes a job of a request, or finds the one it made before. */
async function admit(
  { store, maxQueued, now = () => new Date() }: JobQueueOptions,
  tracker: JobTracker,
  submitted: SubmitOptions & { readonly asked: unknown; readonly decide: Decide },
): Promise<{ job: JobRecord; created: boolean }> {
  const { asked, decide, idempotencyKey, upload = [] } = submitted;
  const idempotency =
    idempotencyKey === undefined
      ? undefined
      : { key: idempotencyKey, digest: await fingerprintOf(asked, upload) };
  const known = idempotency && findSame(tracker, idempotency);
  if (known) return { job: known.record, created: false };
  if (countStates(tracker).queued >= maxQueued) {
    throw new errors.GLIMPSE_TRAINING_QUEUE_FULL(maxQueued);
  }
  const record = newRecord(await decide(upload), now());
  const uploads = upload.map(({ part, name }) => ({ part, name }));
  try {
    await store.adopt(record.id, upload);
    await tracker.add({ record, uploads, ...(idempotency && { idempotency }) });
  } catch (error) {
    await store.remove(record.id);
    throw error;
  }
  return { job: record, created: true };
}

function newRecord(request: Work, now: Date): JobRecord {
  const note = 'note' in request ? request.note : undefined;
  return {
    id: randomBytes(8).toString('hex'),
    kind: kindOf(request),
    state: 'queued',
    createdAt: now.toISOString(),
    attempts: 0,
    request,
    history: [],
    notes: note === undefined ? [] : [note],
  };
}

/** The job this very request made before. A key never stands for two different requests. */
function findSame(
  tracker: JobTracker,
  { key, digest }: { key: string; digest: string },
): StoredJob | undefined {
  const same = tracker.all().find(({ idempotency }) => idempotency?.key === key);
  if (same && same.idempotency?.digest !== digest) throw new errors.GLIMPSE_IDEMPOTENCY_CONFLICT();
  return same;
}

function countStates(tracker: JobTracker): Record<JobState, number> {
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, interrupted: 0 };
  for (const { record } of tracker.all()) counts[record.state] += 1;
  return counts;
}

/** Runs what it is given one after the other, so that a check still holds when it is acted on. */
function createTurns(): <Result>(act: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const mine = last.then(act);
    last = mine.catch(() => undefined);
    return mine;
  };
}
