import { errors, isGlimpseError, messageOf } from '../errors.ts';
import type { JobTracker } from './tracker.ts';
import type { JobError, JobRecord } from './record.ts';
import type { RunEnd } from './launch.ts';
import type { ImportOutcome } from './kinds/import-request.ts';
import type { TrainOutcome } from '../training/events.ts';

/** A job whose process ended so often without saying why is not tried again. */
const MAX_DEATHS = 3;

/**
 * Sees to it that what a job has made can be used, before anybody is told that it succeeded. The job has
 * succeeded all the same when this fails.
 */
export type BeforeSuccess = (record: JobRecord, version: number) => Promise<void>;

export interface SettleOptions {
  readonly isCancelled: boolean;
  readonly isDraining: boolean;
  readonly beforeSuccess: BeforeSuccess;
  readonly now: () => Date;
}

/** What becomes of a job when its process has ended: one of its last states, or back into the queue. */
export async function settleJob(
  tracker: JobTracker,
  id: string,
  end: RunEnd,
  { isCancelled, isDraining, beforeSuccess, now }: SettleOptions,
): Promise<void> {
  if (end.kind === 'succeeded') return succeed(tracker, id, end.outcome, { beforeSuccess, now });
  const endedAt = now().toISOString();
  if (end.kind === 'failed')
    return tracker.change(id, { state: 'failed', error: end.error, endedAt });
  if (end.kind === 'cancelled' || isCancelled) {
    return tracker.change(id, { state: 'cancelled', endedAt });
  }
  if (isDraining) return tracker.change(id, { state: 'interrupted' });
  if (end.kind === 'interrupted') return tracker.change(id, { state: 'queued' });
  return putBack(tracker, id, end.reason, now());
}

async function succeed(
  tracker: JobTracker,
  id: string,
  outcome: TrainOutcome | ImportOutcome,
  { beforeSuccess, now }: Pick<SettleOptions, 'beforeSuccess' | 'now'>,
): Promise<void> {
  const doubts: string[] = [];
  if ('version' in outcome) {
    await beforeSuccess(tracker.get(id).record, outcome.version).catch((error: unknown) => {
      doubts.push(`The job is done, but this server could not take it up yet: ${messageOf(error)}`);
    });
  }
  const notes = [...new Set([...tracker.get(id).record.notes, ...outcome.notes, ...doubts])];
  const { timings } = outcome;
  const made =
    'imported' in outcome
      ? { imported: outcome.imported }
      : { version: outcome.version, metrics: outcome.metrics };
  const endedAt = now().toISOString();
  return tracker.change(id, { state: 'succeeded', ...made, timings, notes, endedAt });
}

/** At the start: what an earlier process put aside goes on, and what it left running as well. */
export async function recoverJobs(tracker: JobTracker, now: Date): Promise<void> {
  for (const { record } of tracker.all()) {
    if (record.state === 'interrupted') await tracker.change(record.id, { state: 'queued' });
    if (record.state === 'running') {
      await putBack(tracker, record.id, 'the server ended without stopping it', now);
    }
  }
}

/** After the process of a job died: back into the queue, or failed when that happened too often. */
async function putBack(tracker: JobTracker, id: string, reason: string, now: Date): Promise<void> {
  const deaths = (tracker.get(id).deaths ?? 0) + 1;
  if (deaths < MAX_DEATHS) return tracker.change(id, { state: 'queued' }, { deaths });
  const error = toJobError(new errors.GLIMPSE_TRAINER_DIED(reason));
  return tracker.change(id, { state: 'failed', error, endedAt: now.toISOString() }, { deaths });
}

/** What a job record keeps of an error. */
export function toJobError(error: unknown): JobError {
  if (isGlimpseError(error)) {
    const { code, message, details } = error;
    return { code, message, ...(details && { details }) };
  }
  const { code, message } = new errors.GLIMPSE_INTERNAL();
  return { code, message, details: { reason: messageOf(error) } };
}
