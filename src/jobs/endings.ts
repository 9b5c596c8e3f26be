import { errors, messageOf } from '../errors.ts';
import { jobErrorOf } from './job-error.ts';
import { jobKinds, type JobOutcome } from './kinds.ts';
import type { RunEnd } from './launch.ts';
import type { JobRecord } from './record.ts';
import type { JobTracker } from './tracker.ts';

/** A job whose process ended so often without saying why is not tried again. */
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

/** What becomes of a job when its process has ended: one of its last states, or back into the queue. */
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
    return tracker.update(id, { state: 'cancelled', endedAt });
  }
  if (isDraining) return tracker.update(id, { state: 'interrupted' });
  if (end.type === 'interrupted') return goOn(tracker, id);
  return requeue(tracker, id, end.reason, now());
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
  return tracker.update(id, {
    state: 'succeeded',
    ...made,
    notes: [...new Set([...tracker.get(id).record.notes, ...notes, ...warnings])],
    endedAt: now().toISOString(),
  });
}

/** At the start: what an earlier process put aside goes on, and what it left running as well. */
export async function recoverJobs(tracker: JobTracker, now: Date): Promise<void> {
  for (const { record } of tracker.all()) {
    if (record.state === 'interrupted') await goOn(tracker, record.id);
    if (record.state === 'running') {
      await requeue(tracker, record.id, 'the server ended without stopping it', now);
    }
  }
}

/** After a job was put aside: what goes on from its checkpoint is the attempt that was begun, so none is spent. */
async function goOn(tracker: JobTracker, id: string): Promise<void> {
  const attempts = Math.max(0, tracker.get(id).record.attempts - 1);
  return tracker.update(id, { state: 'queued', attempts });
}

/** After the process of a job died: back into the queue, or failed when that happened too often. */
async function requeue(tracker: JobTracker, id: string, reason: string, now: Date): Promise<void> {
  const deaths = (tracker.get(id).deaths ?? 0) + 1;
  if (deaths < MAX_DEATHS) return tracker.update(id, { state: 'queued' }, { deaths });
  const error = jobErrorOf(new errors.GLIMPSE_TRAINER_DIED(reason));
  return tracker.update(id, { state: 'failed', error, endedAt: now.toISOString() }, { deaths });
}
