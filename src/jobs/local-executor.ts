import type { ExecutorListener, JobExecutor } from './executor.ts';
import { jobLanes } from './kinds/job-kind.ts';
import { createJobLane, type JobLaneOptions } from './lane.ts';

/** Works on the jobs of a tracker in processes of this machine, in each lane one after the other. */
export interface LocalExecutor extends JobExecutor {
  /** Starts no further job, interrupts those at work, and resolves when they have saved their checkpoints and ended. */
  drain(): Promise<void>;
}

export type LocalExecutorOptions = Omit<JobLaneOptions, 'name' | 'report'>;

/** An executor that is idle until a job is submitted; then it takes up all that are queued. */
export function createLocalExecutor(options: LocalExecutorOptions): LocalExecutor {
  const listeners = new Set<ExecutorListener>();
  const report: ExecutorListener = (id, event) => {
    for (const listener of listeners) listener(id, event);
  };
  const lanes = jobLanes.map((name) => createJobLane({ ...options, name, report }));
  const isQueued = (id: string): boolean =>
    options.tracker.all().some(({ record }) => record.id === id && record.state === 'queued');
  return {
    submit: async () => lanes.forEach((lane) => lane.wake()),
    async describe(id) {
      if (lanes.some((lane) => lane.runs(id))) return 'running';
      return isQueued(id) ? 'waiting' : undefined;
    },
    cancel: async (id) => lanes.some((lane) => lane.cancel(id)),
    events(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async drain() {
      await Promise.all(lanes.map((lane) => lane.drain()));
    },
  };
}
