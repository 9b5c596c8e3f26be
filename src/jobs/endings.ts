import { errors, messageOf } from '../errors.ts';
import type { JobExecutor } from './executor.ts';
import { jobErrorOf } from './job-error.ts';
import { jobKinds, type JobOutcome } from './kinds.ts';
import type { RunEnd } from './launch.ts';
import { keepsNet, requeued, withoutNet, type JobRecord } from './record.ts';
import type { JobTracker } from './tracker.ts';

/** A job whose process ended this often without a reason is not tried again. */
const MAX_DEATHS = 3;

/**
 * Waits until this server serves the version that a job has published, before the success is announced. The job has
 * succeeded all the same when this fails.
 */
export type AwaitServing = (record: JobRecord) => Promise<void>;

export interface SettleOptions {
  readonly isCancelled: boolean;
  readonly isDraining: boolean;
  readonly awaitServing: AwaitServing;
  readonly now: () => Date;
}

/** The next state of a job whose process has ended: a final state, or queued again. */
export async function settleJob(
  tracker: JobTracker,
  id: string,
  end: RunEnd,
  { isCancelled, isDraining, awaitServing, now }: SettleOptions,
): Promise<void> {
  if (end.type === 'succeeded') return succeed(tracker, id, end.outcome, { awaitServing, now });
  const endedAt = now().toISOString();
  if (end.type === 'failed')
    return tracker.update(id, { state: 'failed', error: end.error, endedAt });
  if (end.type === 'cancelled' || isCancelled) {
    return cancelJob(tracker, id, now());
  }
  if (isDraining) return tracker.update(id, { state: 'interrupted' });
  if (end.type === 'interrupted') return resume(tracker, id);
  return retryOrFail(tracker, id, end.reason, now());
}

async function succeed(
  tracker: JobTracker,
  id: string,
  { notes, ...made }: JobOutcome,
  { awaitServing, now }: Pick<SettleOptions, 'awaitServing' | 'now'>,
): Promise<void> {
  const warnings: string[] = [];
  const { record } = tracker.get(id);
  if (jobKinds[record.kind].publishes) {
    await awaitServing(record).catch((error: unknown) => {
      warnings.push(`The job is done, but this server does not serve it yet: ${messageOf(error)}`);
    });
  }
  return tracker.update(id, (before) => ({
    ...withoutNet(before),
    state: 'succeeded',
    ...made,
    notes: [...new Set([...before.notes, ...notes, ...warnings])],
    endedAt: now().toISOString(),
  }));
}

/** The end of a job that is not wanted any more; a net that it keeps is given up with it. */
export function cancelJob(tracker: JobTracker, id: string, now: Date): Promise<void> {
  return tracker.update(id, (record) => cancelled(record, now));
}

/** The record of a job that is not wanted any more. */
export function cancelled(record: JobRecord, now: Date): JobRecord {
  return { ...withoutNet(record), state: 'cancelled', endedAt: now.toISOString() };
}

/**
 * Queues a failed job again that keeps a net, to publish it. One that waits, runs or is done stays as it is;
 * GLIMPSE_NOTHING_TO_PUBLISH for others.
 */
export async function requeueKept(
  tracker: JobTracker,
  id: string,
  isDraining: () => boolean,
): Promise<void> {
  const { record } = tracker.get(id);
  checkPublishable(record);
  if (!keepsNet(record)) return;
  if (isDraining()) throw new errors.GLIMPSE_DRAINING();
  // The deaths before count no more: this is somebody's own wish.
  await tracker.update(id, requeued, { deaths: 0 });
}

/** GLIMPSE_NOTHING_TO_PUBLISH unless a job has a net to publish, or has published one. */
export function checkPublishable({ id, kind, state, publishable, version }: JobRecord): void {
  const hasNet = publishable === true || version !== undefined;
  if (!jobKinds[kind].publishes || !hasNet) {
    throw new errors.GLIMPSE_NOTHING_TO_PUBLISH(id, state);
  }
}

/** At the start: has the jobs worked on that an earlier process left queued, interrupted or running. */
export async function recoverJobs(
  tracker: JobTracker,
  executor: Pick<JobExecutor, 'describe' | 'submit'>,
  now: Date,
): Promise<void> {
  for (const { record } of tracker.all()) {
    const { id, state } = record;
    if (state === 'interrupted') await resume(tracker, id);
    if (state === 'running' && (await executor.describe(id)) === undefined) {
      await retryOrFail(tracker, id, 'the server ended without stopping it', now);
    }
  }
  for (const { record } of tracker.all()) {
    if (record.state === 'queued') await executor.submit(record);
  }
}

/** Queues an interrupted job: it continues its attempt from the checkpoint, so no further attempt is counted. */
async function resume(tracker: JobTracker, id: string): Promise<void> {
  const attempts = Math.max(0, tracker.get(id).record.attempts - 1);
  return tracker.update(id, { state: 'queued', attempts });
}

/** After the process of a job died: queues the job again, or fails it when that happened too often. */
async function retryOrFail(
  tracker: JobTracker,
  id: string,
  reason: string,
  now: Date,
): Promise<void> {
  const deaths = (tracker.get(id).deaths ?? 0) + 1;
  if (deaths < MAX_DEATHS) return tracker.update(id, { state: 'queued' }, { deaths });
  const error = jobErrorOf(new errors.GLIMPSE_TRAINER_DIED(reason));
  return tracker.update(id, { state: 'failed', error, endedAt: now.toISOString() });
}
