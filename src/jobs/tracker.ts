import { errors } from '../errors.ts';
import { createJobEvents, type FollowOptions } from './events.ts';
import type { RunEvent } from './kinds.ts';
import { createJobLogs } from './logs.ts';
import { hasEnded, keepsNet, recordAfter, stateEvent } from './record.ts';
import type { JobEvent, JobRecord } from './record.ts';
import { createRecordSaver } from './record-saver.ts';
import type { JobStore } from './store.ts';
import type { StoredJob } from './stored-job.ts';

/** All remembered jobs, in memory and on disk, and who listens to them. */
export interface JobTracker {
  /** Oldest first. */
  all(): StoredJob[];
  /** GLIMPSE_JOB_NOT_FOUND when it is not remembered. */
  get(id: string): StoredJob;
  /** Takes a new job in; resolves once it is safe on disk. */
  add(job: StoredJob): Promise<void>;
  /** A change of state: announced at once; resolves once it is safe on disk. */
  update(id: string, change: RecordChange, own?: Partial<StoredJob>): Promise<void>;
  /** An event of its run: announced at once, written soon; `own` is what else has changed by it. */
  report(id: string, event: RunEvent, own?: Partial<StoredJob>): void;
  /** The past and future of a job until it has ended. GLIMPSE_JOB_NOT_FOUND at once. */
  follow(id: string, options: FollowOptions): AsyncGenerator<JobEvent>;
  /** Keeps a line in the log of a job; its events and changes of state are there without it. */
  log(id: string, line: string): void;
  /** The log of a job. GLIMPSE_JOB_NOT_FOUND. */
  readLog(id: string, lastLines?: number): Promise<string>;
  /** Writes what is not on disk yet and ends every listener. */
  close(): Promise<void>;
}

/** Fields that change, or what becomes of the record. */
export type RecordChange = Partial<JobRecord> | ((record: JobRecord) => JobRecord);

export interface JobTrackerOptions {
  readonly store: Pick<JobStore, 'load' | 'save' | 'remove' | 'clearWork' | 'openLog'>;
  /** How many ended jobs are remembered. */
  readonly keep: number;
  readonly onEvent: (record: JobRecord, event: JobEvent) => void;
  readonly onProblem: (problem: string) => void;
}

/** Reads all records there are; nothing of them is changed yet. */
export async function openJobTracker(options: JobTrackerOptions): Promise<JobTracker> {
  const { store } = options;
  const jobs = new Map((await store.load()).map((job) => [job.record.id, job]));
  const events = createJobEvents();
  const saver = createRecordSaver({ ...options, current: (id) => jobs.get(id) });

  const get = (id: string): StoredJob => remembered(jobs, id);
  const logs = createJobLogs((id) => store.openLog(id));
  const announce = (record: JobRecord, event: JobEvent): void => {
    logs.writeEvent(record, event);
    events.publish(record.id, event);
    options.onEvent(record, event);
  };
  const forget = async (id: string): Promise<void> => {
    jobs.delete(id);
    await saver.settled();
    await logs.forget(id);
    await store.remove(id);
  };

  return {
    all: () => [...jobs.values()],
    get,
    async add(job) {
      await store.save(job);
      jobs.set(job.record.id, job);
      announce(job.record, stateEvent(job.record));
    },
    async update(id, change, own = {}) {
      const job = get(id);
      const record =
        typeof change === 'function' ? change(job.record) : { ...job.record, ...change };
      jobs.set(id, { ...job, ...own, record });
      const saved = saver.now(id);
      announce(record, stateEvent(record));
      await saved;
      if (!hasEnded(record)) return;
      if (!keepsNet(record)) await store.clearWork(id);
      for (const old of tooOld([...jobs.values()], options.keep)) await forget(old.record.id);
    },
    report(id, event, own = {}) {
      const job = get(id);
      const record = recordAfter(job.record, event);
      jobs.set(id, { ...job, ...own, record });
      if (record !== job.record) saver.soon(id);
      announce(record, event);
    },
    follow: (id, follow) => events.follow(get(id).record, follow),
    log(id, line) {
      if (jobs.has(id)) logs.of(id).write(line);
    },
    readLog: async (id, lastLines) => logs.of(get(id).record.id).read(lastLines),
    async close() {
      await saver.close();
      await logs.settled();
      events.close();
    },
  };
}

function remembered(jobs: ReadonlyMap<string, StoredJob>, id: string): StoredJob {
  const job = jobs.get(id);
  if (!job) throw new errors.GLIMPSE_JOB_NOT_FOUND(id.slice(0, 64));
  return job;
}

/** The ended jobs beyond the newest `keep`; those that keep a net and the trials of searches are counted apart, so that neither others nor they push out the rest. */
export function tooOld(jobs: readonly StoredJob[], keep: number): StoredJob[] {
  const ended = jobs
    .filter(({ record }) => hasEnded(record))
    .sort((a, b) => (a.record.endedAt! < b.record.endedAt! ? -1 : 1));
  const keeping = ended.filter(({ record }) => keepsNet(record));
  const trials = ended.filter(({ record }) => record.kind === 'trial');
  const others = ended.filter(({ record }) => !keepsNet(record) && record.kind !== 'trial');
  return [keeping, trials, others].flatMap((some) =>
    some.slice(0, Math.max(0, some.length - keep)),
  );
}
