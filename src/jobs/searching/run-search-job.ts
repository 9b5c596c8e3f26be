import { setTimeout as delay } from 'node:timers/promises';
import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import {
  failedBy,
  OUT_OF_TIME,
  runSearch,
  type SearchTrainings,
  type TrialEnd,
} from '../../training/searching/run-search.ts';
import { ResolvedSearchRequestSchema } from '../../training/searching/search-request.ts';
import { jobErrorOf, responseErrorOf } from '../job-error.ts';
import { compiledWhenUsed } from '../../schema.ts';
import type { JobKindName } from '../kinds.ts';
import type { Launch, Launched, LaunchJob, RunEnd } from '../launch.ts';
import { hasEnded, type JobEvent, type JobRecord } from '../record.ts';

/** Where the trials of a search become jobs: the part of a job queue that it asks. */
export interface TrialQueue {
  submit(
    kind: JobKindName,
    request: unknown,
    options: { readonly idempotencyKey: string },
  ): Promise<{ readonly job: JobRecord }>;
  catchUp(id: string): Promise<void>;
  get(id: string): JobRecord;
  events(id: string, options: { readonly signal: AbortSignal }): AsyncGenerator<JobEvent>;
  cancel(id: string): Promise<unknown>;
}

export interface SearchLauncherOptions {
  /** For jobs of all other kinds. */
  readonly launch: Launch;
  readonly queue: () => TrialQueue | Promise<TrialQueue>;
  /** The record of a search that is launched. */
  readonly recordOf: (id: string) => JobRecord;
}

const isSearch = compiledWhenUsed(ResolvedSearchRequestSchema);

/** How long is waited until a job is asked for again that was refused for now, or whose events broke off. */
const AGAIN_AFTER_MS = 1_000;

/**
 * Starts searches here, where their trials can be made jobs, and everything else as before. A search holds nothing but
 * what its record says: whoever starts it again goes on with the trial that is at work.
 */
export function launchSearches({ launch, queue, recordOf }: SearchLauncherOptions): Launch {
  return (job, report, log) => {
    if (job.kind !== 'search') return launch(job, report, log);
    const stop = new AbortController();
    return launched(stop, async () => {
      const trainings = trainingsOf(job, await queue(), stop.signal);
      const { trials = [] } = recordOf(job.id);
      if (!isSearch(job.request)) throw new Error(`job ${job.id} is no search`);
      return runSearch(job.request, { before: trials, trainings, report });
    });
  };
}

function launched(stop: AbortController, run: () => ReturnType<typeof runSearch>): Launched {
  const running = run().then(
    (outcome): RunEnd => ({ type: 'succeeded', outcome }),
    (error: unknown): RunEnd => ({ type: 'failed', error: jobErrorOf(error) }),
  );
  // A job that is being put aside must not be waited for: the queue may not answer any more.
  const interrupted = new Promise<RunEnd>((resolve) => {
    stop.signal.addEventListener('abort', () => {
      if (stop.signal.reason === 'interrupt') resolve({ type: 'interrupted' });
    });
  });
  const ended = running.then((end): RunEnd =>
    stop.signal.reason === 'cancel' ? { type: 'cancelled' } : end,
  );
  return { end: Promise.race([ended, interrupted]), stop: (how) => stop.abort(how) };
}

/** Has trials and the winner trained as jobs, one after the other. */
function trainingsOf(
  { id: search }: LaunchJob,
  queue: TrialQueue,
  signal: AbortSignal,
): SearchTrainings {
  return {
    async trial({ trial, epochs }, train, { seconds, onJob }) {
      const key = `trial ${trial} ${epochs}`;
      const job = await submit(
        queue,
        'trial',
        { search, trial, train },
        keyOf(search, key),
        signal,
      );
      onJob(job.id);
      const timed = await followed(queue, job.id, seconds, signal);
      return endOfTrial(timed);
    },
    async winner(train) {
      const job = await submit(queue, 'train', train, keyOf(search, 'winner'), signal);
      const { record } = await followed(queue, job.id, undefined, signal);
      if (record.error) throw responseErrorOf(record.error, job.id);
      if (record.state !== 'succeeded') {
        throw withDetails(new errors.GLIMPSE_TRAINING_CANCELLED(), { job: job.id });
      }
      return { job: job.id, ...(record.version !== undefined && { version: record.version }) };
    },
  };
}

/** No header can say it, so no caller has it. */
function keyOf(search: string, what: string): string {
  return `search\n${search}\n${what}`;
}

const refusedForNow: ReadonlySet<string> = new Set([
  'GLIMPSE_TRAINING_QUEUE_FULL',
  'GLIMPSE_JOBS_UNAVAILABLE',
  'GLIMPSE_STORE_UNAVAILABLE',
  // The search itself is about to be put aside.
  'GLIMPSE_DRAINING',
]);

/** The job of a request: a new one, or the one that an earlier attempt at the search has made. */
async function submit(
  queue: TrialQueue,
  kind: JobKindName,
  request: unknown,
  idempotencyKey: string,
  signal: AbortSignal,
): Promise<JobRecord> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return (await queue.submit(kind, request, { idempotencyKey })).job;
    } catch (error) {
      if (!isGlimpseError(error) || !refusedForNow.has(error.code)) throw error;
    }
    await delay(AGAIN_AFTER_MS, undefined, { signal });
  }
}

interface Followed {
  readonly record: JobRecord;
  readonly seconds: number;
  /** It was stopped since its time was over. */
  readonly isLate: boolean;
}

/** Waits for the end of a job, for at most so long while it is at work; who cancels the search cancels it. */
async function followed(
  queue: TrialQueue,
  id: string,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<Followed> {
  let began: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const late = (): void => {
    isLate = true;
    void queue.cancel(id).catch(() => {});
  };
  const begin = (): void => {
    if (began !== undefined) return;
    began = performance.now();
    if (limit !== undefined) timer = setTimeout(late, Math.min(limit * 1000, MOST_MS)).unref();
  };
  try {
    for (;;) {
      for await (const event of queue.events(id, { signal })) {
        if (event.type === 'state' && event.state === 'running') begin();
      }
      if (signal.aborted) break;
      await queue.catchUp(id);
      const record = queue.get(id);
      if (hasEnded(record)) return { record, seconds: secondsOf(record, began), isLate };
      await delay(AGAIN_AFTER_MS, undefined, { signal });
    }
    signal.throwIfAborted();
    throw new Error('unreachable');
  } catch (error) {
    if (signal.reason === 'cancel') await queue.cancel(id).catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A timer takes no more. */
const MOST_MS = 2 ** 31 - 1;

/** As long as it was at work here, or, where that was before, as its record says. */
function secondsOf({ startedAt, endedAt }: JobRecord, began: number | undefined): number {
  if (began !== undefined) return (performance.now() - began) / 1000;
  if (startedAt === undefined || endedAt === undefined) return 0;
  return Math.max(0, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}

function endOfTrial({ record, seconds, isLate }: Followed): TrialEnd {
  const { id: job, state, metrics, error } = record;
  if (state === 'succeeded') {
    const { accuracy, loss } = metrics ?? {};
    return {
      state,
      job,
      seconds,
      ...(accuracy !== undefined && { accuracy }),
      ...(loss !== undefined && { loss }),
    };
  }
  if (state === 'failed') {
    return error
      ? { ...failedBy(error), job, seconds }
      : { state, job, seconds, reason: 'unknown', isOfItsValues: false };
  }
  const reason = isLate ? OUT_OF_TIME : 'it was cancelled';
  return { state: 'cancelled', job, seconds, reason };
}
