import { cancelJob, recoverJobs } from '../endings.ts';
import type { ExecutorListener } from '../executor.ts';
import type { Launch, RunEnd } from '../launch.ts';
import { createLocalExecutor } from '../local-executor.ts';
import { hasEnded, recordAfter, type JobEvent, type JobRecord } from '../record.ts';
import { openJobTracker, type JobTracker } from '../tracker.ts';
import { launchSearches, type TrialQueue } from '../searching/run-search-job.ts';
import { holdRecord, progressOf, takeJob, type HeldRecord, type Holder } from './held-record.ts';
import { openHeldStore } from './held-store.ts';
import type { JobFiles } from './job-files.ts';
import type { SharedRecords } from './shared-records.ts';

/** What a worker works with. */
export interface SharedRunOptions {
  readonly records: SharedRecords;
  readonly files: JobFiles;
  /** For the files of jobs at work: one folder below it for each. */
  readonly folder: string;
  readonly maxLogBytes: number;
  readonly launch: Launch;
  /** Where the trials of a search become jobs. */
  readonly queue: () => TrialQueue | Promise<TrialQueue>;
  readonly holder: Holder;
  readonly onEvent: (record: JobRecord, event: JobEvent) => void;
  /** Called for failures that no caller receives. */
  readonly onProblem: (problem: string) => void;
  readonly now?: () => Date;
}

/** `done`: nothing is left to do. `put aside`: another worker goes on with it. `lost`: another one has it already. */
export type SharedRunEnd = 'done' | 'put aside' | 'lost';

/** How often a worker looks whether its job is still its own, and still wanted. */
const LOOK_INTERVAL_MS = 2_000;

/**
 * Works on a job that lies in the store, as a server does on those of its own disk, until it has ended, another worker
 * has taken it away, or `signal` asks to put it aside. GLIMPSE_JOB_NOT_FOUND, GLIMPSE_JOB_FOREIGN.
 */
export async function runSharedJob(
  id: string,
  report: ExecutorListener,
  signal: AbortSignal,
  options: SharedRunOptions,
): Promise<SharedRunEnd> {
  const { records, launch, queue, holder, onProblem, now = () => new Date() } = options;
  const job = await takeJob(records, id, holder, now());
  if (!job) return 'done';
  const held = holdRecord(records, id, job.hold);
  const store = await openHeldStore(job, held, { ...options, now, signal });
  const isLost = (): boolean => held.stop.reason === 'lost';
  const over = new AbortController();
  const onEvent: SharedRunOptions['onEvent'] = (...event) => isLost() || options.onEvent(...event);
  const tracker = await openJobTracker({ store, keep: Infinity, onEvent, onProblem });
  const executor = createLocalExecutor({
    tracker,
    store,
    launch: launchSearches({
      launch: patient(launch),
      queue,
      recordOf: (of) => tracker.get(of).record,
    }),
    awaitServing: async () => {},
    now,
    onProblem,
  });
  let furthest = job.hold.progress;
  executor.events((of, event) => {
    const reached = event ? progressOf(recordAfter(tracker.get(of).record, event)) : furthest;
    // Processes that die count only where none has got further than those before it.
    if (event) tracker.report(of, event, reached > furthest ? { deaths: 0 } : {});
    furthest = Math.max(furthest, reached);
    if (!isLost()) report(of, event);
  });
  const stopJob = async (): Promise<void> => {
    const { state } = tracker.get(id).record;
    const isStopping = state === 'running' && (await executor.cancel(id));
    if (!isStopping && !hasEnded({ state })) await cancelJob(tracker, id, now());
  };
  watch(held, stopJob, over.signal);
  tracker.log(id, `taken by ${holder.worker} (Glimpse ${holder.codeVersion})`);
  try {
    const drained = once(signal, over.signal).then(() => executor.drain());
    const ended = endOf(tracker, id, over.signal);
    if (job.isUnwanted) await stopJob();
    else await recoverJobs(tracker, executor, now());
    await Promise.race([ended, drained]);
    // What it has begun to put away is put away.
    await executor.drain();
    await tracker.close();
    if (isLost()) return 'lost';
    return tracker.get(id).record.state === 'interrupted' ? 'put aside' : 'done';
  } finally {
    over.abort();
    held.close();
    await store.close();
  }
}

/** A store that does not answer says nothing about the job: it is tried again as soon as its record can be written. */
function patient(launch: Launch): Launch {
  return (...run) => {
    const launched = launch(...run);
    const tried = async (): Promise<RunEnd> => {
      const end = await launched.end;
      const isAway = end.type === 'failed' && end.error.code === 'GLIMPSE_STORE_UNAVAILABLE';
      return isAway ? { type: 'died', reason: end.error.message } : end;
    };
    return { end: tried(), stop: (how) => launched.stop(how) };
  };
}

/** Resolves when the job has ended. */
async function endOf(
  tracker: Pick<JobTracker, 'follow'>,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const events = tracker.follow(id, { signal });
  for (let next = await events.next(); !next.done; next = await events.next());
}

/** Resolves when a signal is aborted; it is not listened to for longer than until the other one is. */
function once(signal: AbortSignal, until: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { signal: until }),
  );
}

/** Looks at the record from time to time; a store that does not answer says nothing about it. */
function watch(held: HeldRecord, stopJob: () => Promise<void>, until: AbortSignal): void {
  const timer = setInterval(() => void held.look().catch(() => {}), LOOK_INTERVAL_MS).unref();
  until.addEventListener('abort', () => clearInterval(timer));
  held.stop.addEventListener('abort', () => void stopJob());
}
