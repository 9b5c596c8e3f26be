import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { errors } from '../errors.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import { canonicalJson } from '../json.ts';
import { jobKinds, type JobKindName } from './kinds.ts';
import type { AcceptContext, JobSubject } from './kinds/job-kind.ts';
import { newRecord, type JobRecord } from './record.ts';
import type { JobStore } from './store.ts';
import type { StoredJob } from './stored-job.ts';
import type { JobTracker } from './tracker.ts';

/** A request for a job, not checked yet. */
export interface Submission {
  readonly kind: JobKindName;
  readonly request: unknown;
  /** Files that came with it; they are the queue's from here on, refused or not. */
  readonly uploads: readonly UploadedFile[];
  /** The same request with the same key makes one job only. */
  readonly idempotencyKey: string | undefined;
  /** Throws when the caller may not have work done on what the accepted request is about. */
  readonly permit: (subject: JobSubject) => void;
}

export interface Admitted {
  readonly job: JobRecord;
  /** False when the idempotency key had made it before. */
  readonly created: boolean;
}

export interface AdmissionOptions {
  readonly store: Pick<JobStore, 'adopt' | 'remove'>;
  readonly tracker: Pick<JobTracker, 'all' | 'add'>;
  readonly accept: AcceptContext;
  /** Most waiting jobs of all kinds together. */
  readonly maxQueued: number;
  /** The id of the job that an idempotency key makes, where two processes must not make two; any when left out. */
  readonly idOf?: (idempotencyKey: string) => string;
  readonly now: () => Date;
}

/** Creates the job of a request, or finds the one with the same idempotency key. Calls must not overlap. */
export async function admit(
  { kind, request, uploads, idempotencyKey, permit }: Submission,
  { store, tracker, accept, maxQueued, idOf, now }: AdmissionOptions,
): Promise<Admitted> {
  const idempotency =
    idempotencyKey === undefined
      ? undefined
      : { key: idempotencyKey, digest: await fingerprintOf([kind, request], uploads) };
  const known = idempotency && findByIdempotencyKey(tracker, idempotency);
  if (known) return { job: known.record, created: false };
  const queued = tracker.all().filter(({ record }) => record.state === 'queued').length;
  if (queued >= maxQueued) throw new errors.GLIMPSE_TRAINING_QUEUE_FULL(maxQueued);

  const accepted = await jobKinds[kind].accept(request, uploads, accept);
  permit(jobKinds[kind].subject(accepted.request));
  const id = idempotencyKey === undefined ? undefined : idOf?.(idempotencyKey);
  const job = newRecord(kind, accepted, now(), id);
  const files = uploads.map(({ part, name }) => ({ part, name }));
  try {
    await store.adopt(job.id, uploads);
    await tracker.add({ record: job, uploads: files, ...(idempotency && { idempotency }) });
  } catch (error) {
    // Where nothing can be written there is nothing to remove either; the first error is the one to report.
    await store.remove(job.id).catch(() => {});
    throw error;
  }
  return { job, created: true };
}

/** Removes uploaded files that were not moved to a job. */
export async function discardUploads(uploads: readonly UploadedFile[]): Promise<void> {
  for (const { file } of uploads) await rm(file, { force: true });
}

/** The job created by the same request before. GLIMPSE_IDEMPOTENCY_CONFLICT when the key belongs to another request. */
function findByIdempotencyKey(
  tracker: Pick<JobTracker, 'all'>,
  { key, digest }: { readonly key: string; readonly digest: string },
): StoredJob | undefined {
  for (const job of tracker.all()) {
    if (job.idempotency?.key !== key) continue;
    if (job.idempotency.digest !== digest) throw new errors.GLIMPSE_IDEMPOTENCY_CONFLICT();
    return job;
  }
  return undefined;
}

/** A digest of what a client asks for, uploads included: the same for the same request, however written. */
async function fingerprintOf(request: unknown, uploads: readonly UploadedFile[]): Promise<string> {
  const hash = createHash('sha256').update(canonicalJson(request));
  for (const { part, name, file } of uploads) {
    hash.update(JSON.stringify([part, name]));
    await pipeline(createReadStream(file), hash, { end: false });
  }
  return hash.digest('hex');
}
