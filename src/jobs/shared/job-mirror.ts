import { createLimiter } from '../../concurrency.ts';
import { errors, messageOf } from '../../errors.ts';
import type { AwaitServing } from '../endings.ts';
import { createJobEvents, type FollowOptions } from '../events.ts';
import { jobKinds, type RunEvent } from '../kinds.ts';
import { hasEnded, type JobEvent } from '../record.ts';
import { byCreation, type StoredJob } from '../stored-job.ts';
import { eventsBetween } from './events-between.ts';
import type { SharedJob, SharedRecords } from './shared-records.ts';

/** The jobs of all, as this process has last seen them, and who follows them here. */
export interface JobMirror {
  /** Oldest first. */
  all(): StoredJob[];
  /** GLIMPSE_JOB_NOT_FOUND. */
  get(id: string): StoredJob;
  /** Looks at one job, or at all. */
  catchUp(id?: string): Promise<void>;
  /** Takes in what this process itself has written; undefined: it has removed the job. */
  put(id: string, found: SharedJob | undefined): Promise<void>;
  /** Something of a job has changed, or an event that no record keeps has happened. */
  hint(id: string, event?: RunEvent): void;
  /** The past and future of a job until it has ended. GLIMPSE_JOB_NOT_FOUND at once. */
  follow(id: string, options: FollowOptions): AsyncGenerator<JobEvent>;
  /** Ends every listener. */
  close(): void;
}

export interface JobMirrorOptions {
  readonly records: SharedRecords;
  /** Awaited when a job has published a version, before its success is told here. */
  readonly awaitServing: AwaitServing;
  readonly onProblem: (problem: string) => void;
}

/** How often a job is looked at that somebody follows here. */
const FOLLOW_INTERVAL_MS = 1_000;
const ID = /^[0-9a-f]{16}$/;

/** A mirror that is empty until it catches up. */
export function createJobMirror(options: JobMirrorOptions): JobMirror {
  return new RecordMirror(options);
}

class RecordMirror implements JobMirror {
  readonly #options: JobMirrorOptions;
  readonly #jobs = new Map<string, SharedJob>();
  readonly #events = createJobEvents();
  /** How many follow each job here. */
  readonly #followed = new Map<string, number>();
  /** Jobs that have succeeded, whose versions are on their way here. */
  readonly #awaited = new Set<string>();
  /** One look after the other, so that an older one never comes to count after a newer one. */
  readonly #turns = createLimiter({ concurrency: 1 });
  readonly #timer: NodeJS.Timeout;
  #nextLook: Promise<void> | undefined;

  constructor(options: JobMirrorOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      for (const id of this.#followed.keys()) this.#lookAgain(id);
    }, FOLLOW_INTERVAL_MS).unref();
  }

  all(): StoredJob[] {
    return [...this.#jobs.values()].map(({ job }) => job).sort(byCreation);
  }

  get(id: string): StoredJob {
    const found = this.#jobs.get(id);
    if (!found) throw new errors.GLIMPSE_JOB_NOT_FOUND(id.slice(0, 64));
    return found.job;
  }

  async catchUp(id?: string): Promise<void> {
    if (id !== undefined) {
      if (ID.test(id)) await this.#turns.run(() => this.#lookAt(id));
      return;
    }
    // Whoever asks before the look begins is told by it; whoever asks later, by the next one.
    this.#nextLook ??= Promise.resolve().then(() => this.#turns.run(() => this.#lookAtAll()));
    await this.#nextLook;
  }

  put(id: string, found: SharedJob | undefined): Promise<void> {
    return this.#turns.run(async () => {
      if (found) this.#apply(found);
      else this.#jobs.delete(id);
    });
  }

  hint(id: string, event?: RunEvent): void {
    if (!this.#followed.has(id)) return;
    if (!event) this.#lookAgain(id);
    else if (event.type === 'progress' || event.type === 'checkpoint')
      this.#events.publish(id, event);
  }

  follow(id: string, options: FollowOptions): AsyncGenerator<JobEvent> {
    return this.#counted(id, this.#events.follow(this.get(id).record, options));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#events.close();
  }

  async #lookAtAll(): Promise<void> {
    this.#nextLook = undefined;
    const found = await this.#options.records.list(this.#jobs);
    const there = new Set(found.map(({ job }) => job.record.id));
    for (const id of this.#jobs.keys()) if (!there.has(id)) this.#jobs.delete(id);
    for (const one of found) this.#apply(one);
  }

  async #lookAt(id: string): Promise<void> {
    const found = await this.#options.records.read(id, this.#jobs.get(id)?.etag);
    if (found === undefined) this.#jobs.delete(id);
    else if (found !== 'unchanged') this.#apply(found);
  }

  #lookAgain(id: string): void {
    void this.catchUp(id).catch(() => {});
  }

  /** Takes a state in; a client that sees a job succeed here can use its version here. */
  #apply(found: SharedJob): void {
    const { record } = found.job;
    const before = this.#jobs.get(record.id);
    const isNews = before && !hasEnded(before.job.record) && record.state === 'succeeded';
    if (!isNews || !jobKinds[record.kind].publishes) return this.#take(found);
    if (this.#awaited.has(record.id)) return;
    this.#awaited.add(record.id);
    void this.#takeOnceServed(found);
  }

  async #takeOnceServed(found: SharedJob): Promise<void> {
    const { record } = found.job;
    const { awaitServing, onProblem } = this.#options;
    await awaitServing(record).catch((error: unknown) =>
      onProblem(`The version of job ${record.id} is not served here yet: ${messageOf(error)}`),
    );
    await this.#turns.run(async () => this.#take(found));
    this.#awaited.delete(record.id);
  }

  #take(found: SharedJob): void {
    const { record } = found.job;
    const before = this.#jobs.get(record.id);
    this.#jobs.set(record.id, found);
    if (!before || before.etag === found.etag) return;
    for (const event of eventsBetween(before.job.record, record))
      this.#events.publish(record.id, event);
  }

  async *#counted(id: string, events: AsyncGenerator<JobEvent>): AsyncGenerator<JobEvent> {
    this.#followed.set(id, (this.#followed.get(id) ?? 0) + 1);
    try {
      yield* events;
    } finally {
      const left = this.#followed.get(id)! - 1;
      if (left === 0) this.#followed.delete(id);
      else this.#followed.set(id, left);
    }
  }
}
