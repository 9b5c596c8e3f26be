import type { JobTracker } from './tracker.ts';
import { settleJob, toJobError, type BeforeSuccess } from './endings.ts';
import type { JobRecord } from './record.ts';
import type { JobStore, StoredJob } from './store.ts';
import type { Launch, Launched, RunEnd } from './launch.ts';
import { logLineOfEnd } from './log-lines.ts';

/** Works on the queued jobs it takes, oldest first, one at a time. */
export interface JobLane {
  /** There may be something to do. */
  wake(): void;
  /** Asks the running job to end for good; false when it is not this one that runs. */
  cancel(id: string): boolean;
  /** Starts nothing more, lets the running job put itself aside, and resolves when it has. */
  drain(): Promise<void>;
}

export interface JobLaneOptions {
  readonly tracker: JobTracker;
  readonly store: JobStore;
  readonly launch: Launch;
  /** Which jobs are worked on here; every job belongs to one lane. */
  readonly takes: (record: JobRecord) => boolean;
  readonly beforeSuccess: BeforeSuccess;
  readonly now: () => Date;
  /** Something went wrong that no caller hears of. */
  readonly onProblem: (problem: string) => void;
}

export function createJobLane(options: JobLaneOptions): JobLane {
  const { tracker, store, launch, takes, now, onProblem } = options;
  let running: { readonly id: string; launched?: Launched; isCancelled: boolean } | undefined;
  let lane: Promise<void> | undefined;
  let isDraining = false;

  const attempt = async (job: StoredJob): Promise<RunEnd> => {
    const { id, request, attempts, startedAt = now().toISOString() } = job.record;
    await tracker.change(id, { state: 'running', startedAt, attempts: attempts + 1 });
    const work = await store.openWork(job);
    const mine = running!;
    if (mine.isCancelled) return { kind: 'cancelled' };
    if (isDraining) return { kind: 'interrupted' };
    tracker.log(id, `attempt ${attempts + 1} starts`);
    mine.launched = launch(
      { id, request, ...work },
      (event) => tracker.note(id, event),
      (line) => tracker.log(id, line),
    );
    return mine.launched.end;
  };

  const next = () => (isDraining ? undefined : firstQueued(tracker, takes));
  const work = async (): Promise<void> => {
    for (let job = next(); job; job = next()) {
      const { id } = job.record;
      running = { id, isCancelled: false };
      const end = await attempt(job).catch((error: unknown): RunEnd => ({
        kind: 'failed',
        error: toJobError(error),
      }));
      tracker.log(id, logLineOfEnd(tracker.get(id).record.attempts, end));
      if (end.kind === 'died') onProblem(`The process of job ${id} died: ${end.reason}`);
      const { isCancelled } = running;
      await settleJob(tracker, id, end, { ...options, isCancelled, isDraining }).catch(
        (error: unknown) => onProblem(`Job ${id} could not be put away: ${String(error)}`),
      );
      running = undefined;
    }
  };
  const wake = (): void => {
    lane ??= work().finally(() => {
      lane = undefined;
      // A job may have come between the last look and this line.
      if (next()) wake();
    });
  };

  return {
    wake,
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

function firstQueued(tracker: JobTracker, takes: JobLaneOptions['takes']): StoredJob | undefined {
  return tracker.all().find(({ record }) => record.state === 'queued' && takes(record));
}
