import { settleJob, type AwaitServing } from './endings.ts';
import type { ExecutorListener } from './executor.ts';
import { jobErrorOf } from './job-error.ts';
import { jobKinds } from './kinds.ts';
import type { JobLaneName } from './kinds/job-kind.ts';
import type { Launch, Launched, RunEnd } from './launch.ts';
import { logLineOfEnd } from './logs.ts';
import type { JobStore } from './store.ts';
import type { StoredJob } from './stored-job.ts';
import type { JobTracker } from './tracker.ts';

/** Runs the queued jobs of its kinds, oldest first, one at a time. */
export interface JobLane {
  /** Starts the next queued job, if there is one and none runs. */
  wake(): void;
  /** Whether this job is at work. */
  runs(id: string): boolean;
  /** Cancels the running job; false when another job runs, or none. */
  cancel(id: string): boolean;
  /** Starts no further job, interrupts the running one, and resolves when it has saved its checkpoint and ended. */
  drain(): Promise<void>;
}

export interface JobLaneOptions {
  readonly tracker: JobTracker;
  readonly store: Pick<JobStore, 'openWork'>;
  readonly launch: Launch;
  /** Its jobs are those whose kind names it. */
  readonly name: JobLaneName;
  readonly awaitServing: AwaitServing;
  /** Told what attempts report. */
  readonly report: ExecutorListener;
  readonly now: () => Date;
  /** Called for failures that no caller receives. */
  readonly onProblem: (problem: string) => void;
}

/** The job that a lane runs now. */
interface RunningJob {
  readonly id: string;
  launched?: Launched;
  isCancelled: boolean;
}

/** A lane that is idle until `wake` is called. */
export function createJobLane(options: JobLaneOptions): JobLane {
  const { tracker, name, onProblem } = options;
  let running: RunningJob | undefined;
  let lane: Promise<void> | undefined;
  let isDraining = false;

  const next = () => (isDraining ? undefined : firstQueued(tracker, name));
  const work = async (): Promise<void> => {
    for (let job = next(); job; job = next()) {
      const { id } = job.record;
      const current: RunningJob = { id, isCancelled: false };
      running = current;
      const end = await attempt(job, current, () => isDraining, options).catch(
        (error: unknown): RunEnd => ({
          type: 'failed',
          error: jobErrorOf(error),
        }),
      );
      tracker.log(id, logLineOfEnd(tracker.get(id).record.attempts, end));
      if (end.type === 'died') onProblem(`The process of job ${id} died: ${end.reason}`);
      const { isCancelled } = current;
      await settleJob(tracker, id, end, { ...options, isCancelled, isDraining }).catch(
        (error: unknown) => onProblem(`Job ${id} could not be put away: ${String(error)}`),
      );
      running = undefined;
    }
  };
  const wake = (): void => {
    lane ??= work().finally(() => {
      lane = undefined;
      // A job may have been queued after the last check.
      if (next()) wake();
    });
  };

  return {
    wake,
    runs: (id) => running?.id === id,
    cancel(id) {
      if (running?.id !== id) return false;
      running.isCancelled = true;
      running.launched?.stop('cancel');
      return true;
    },
    async drain() {
      isDraining = true;
      running?.launched?.stop('interrupt');
      await lane;
    },
  };
}

/** Starts a process for a job and waits for its end, unless the job was stopped before the process was started. */
async function attempt(
  job: StoredJob,
  current: RunningJob,
  isDraining: () => boolean,
  { tracker, store, launch, report, now }: JobLaneOptions,
): Promise<RunEnd> {
  const { id, kind, request, attempts, startedAt = now().toISOString() } = job.record;
  await tracker.update(id, { state: 'running', startedAt, attempts: attempts + 1 });
  const work = await store.openWork(job);
  if (current.isCancelled) return { type: 'cancelled' };
  if (isDraining()) return { type: 'interrupted' };
  tracker.log(id, `attempt ${attempts + 1} starts`);
  current.launched = launch(
    { id, kind, request, ...work },
    (event) => report(id, event),
    (line) => tracker.log(id, line),
  );
  return current.launched.end;
}

function firstQueued(tracker: JobTracker, lane: JobLaneName): StoredJob | undefined {
  return tracker
    .all()
    .find(({ record }) => record.state === 'queued' && jobKinds[record.kind].lane === lane);
}
