import type { RunEvent } from './kinds.ts';
import type { JobRecord } from './record.ts';

/**
 * Who works on jobs: lanes of this process, workers behind a queue, a service of a cloud. It is told which job, and
 * nothing about it: what a job is and what has become of it lies in its record, which outlives every executor.
 */
export interface JobExecutor {
  /** Has a queued job worked on when its turn comes; one that it has already is not taken twice. GLIMPSE_JOBS_UNAVAILABLE. */
  submit(job: JobTicket): Promise<void>;
  /** What it knows of a job; undefined when it has never heard of it, has lost it, or is done with it. GLIMPSE_JOBS_UNAVAILABLE. */
  describe(id: string): Promise<ExecutorJobState | undefined>;
  /** Stops the attempt at a job, or takes it out of those that wait; false when it has neither. */
  cancel(id: string): Promise<boolean>;
  /** Calls back with what attempts at jobs report, until the returned function is called. */
  events(listener: ExecutorListener): () => void;
}

/** What an executor is told of a job: by its kind it knows which other jobs it may run beside. */
export type JobTicket = Pick<JobRecord, 'id' | 'kind'>;

export type ExecutorJobState = 'waiting' | 'running';

/** What an attempt has reported; without an event something of the job has changed, and its record tells what. */
export type ExecutorListener = (id: string, event?: RunEvent) => void;
