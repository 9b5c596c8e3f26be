import { errors, isGlimpseError } from '../errors.ts';
import type { JobBook } from './job-book.ts';
import type { JobError } from './job-record.ts';
import type { RunEnd } from './launch.ts';

/** A job whose process ended so often without saying why is not tried again. */
const MAX_DEATHS = 3;

export interface Circumstances {
  readonly isCancelled: boolean;
  readonly isDraining: boolean;
  readonly now: Date;
}

/** What becomes of a job when its process has ended: one of its last states, or back into the queue. */
export async function settleJob(
  book: JobBook,
  id: string,
  end: RunEnd,
  { isCancelled, isDraining, now }: Circumstances,
): Promise<void> {
  const endedAt = now.toISOString();
  if (end.kind === 'succeeded') {
    const { version, metrics, timings } = end.outcome;
    const notes = [...new Set([...book.get(id).record.notes, ...end.outcome.notes])];
    return book.change(id, { state: 'succeeded', version, metrics, timings, notes, endedAt });
  }
  if (end.kind === 'failed') return book.change(id, { state: 'failed', error: end.error, endedAt });
  if (end.kind === 'cancelled' || isCancelled) {
    return book.change(id, { state: 'cancelled', endedAt });
  }
  if (isDraining) return book.change(id, { state: 'interrupted' });
  if (end.kind === 'interrupted') return book.change(id, { state: 'queued' });
  return putBack(book, id, end.reason, now);
}

/** At the start: what an earlier process put aside goes on, and what it left running as well. */
export async function recoverJobs(book: JobBook, now: Date): Promise<void> {
  for (const { record } of book.all()) {
    if (record.state === 'interrupted') await book.change(record.id, { state: 'queued' });
    if (record.state === 'running') {
      await putBack(book, record.id, 'the server ended without stopping it', now);
    }
  }
}

/** After the process of a job died: back into the queue, or failed when that happened too often. */
async function putBack(book: JobBook, id: string, reason: string, now: Date): Promise<void> {
  const deaths = (book.get(id).deaths ?? 0) + 1;
  if (deaths < MAX_DEATHS) return book.change(id, { state: 'queued' }, { deaths });
  const error = toJobError(new errors.GLIMPSE_TRAINER_DIED(reason));
  return book.change(id, { state: 'failed', error, endedAt: now.toISOString() }, { deaths });
}

/** What a job record keeps of an error. */
export function toJobError(error: unknown): JobError {
  if (isGlimpseError(error)) {
    const { code, message, details } = error;
    return { code, message, ...(details && { details }) };
  }
  const { code, message } = new errors.GLIMPSE_INTERNAL();
  const reason = error instanceof Error ? error.message : String(error);
  return { code, message, details: { reason } };
}
