import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { messageOf } from '../errors.ts';
import { compiledWhenUsed, problemOf } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { inPresentForm } from './earlier-records.ts';
import { jobKinds } from './kinds.ts';
import { JobRecordSchema } from './record.ts';

/** Who works on a job that several processes could work on. */
const JobHoldSchema = Type.Object(
  {
    /** Another one is another attempt: whoever does not find his own has lost the job. */
    token: Type.String(),
    /** Which process, for people. */
    worker: Type.String(),
    /** Its version of the code. */
    codeVersion: Type.String(),
    since: Type.String(),
    /** How far the job was when it was taken: a process that dies and had come no further is counted. */
    progress: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type JobHold = Static<typeof JobHoldSchema>;

/** A job at rest: what callers see, and what only those need who work on it. */
export const StoredJobSchema = Type.Object(
  {
    record: JobRecordSchema,
    /** The client's Idempotency-Key and what it was used for. */
    idempotency: Type.Optional(Type.Object({ key: Type.String(), digest: Type.String() })),
    /** How often its training process ended without saying why. */
    deaths: Type.Optional(Type.Integer({ minimum: 0 })),
    /** The files it came with, in the order they lie in its work folder. */
    uploads: Type.Array(Type.Object({ part: Type.String(), name: Type.String() })),
    /** Where jobs are shared: what the names of its uploads in the store begin with. */
    uploadsUnder: Type.Optional(Type.String({ pattern: '^[0-9a-f]{8}$' })),
    /** Where jobs are shared: who has it at work. */
    hold: Type.Optional(JobHoldSchema),
    /** Where jobs are shared: it is at work and to be stopped for good. */
    isUnwanted: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
export type StoredJob = Static<typeof StoredJobSchema>;

const isStoredJob = compiledWhenUsed(StoredJobSchema);

/** The job that a text says, in the form of today, or the reason why it says none. */
export function parseStoredJob(text: string): StoredJob | string {
  try {
    const value = inPresentForm(JSON.parse(text));
    return isStoredJob(value) && isOfItsKind(value) ? value : whyUnusable(value)!;
  } catch (error) {
    return messageOf(error);
  }
}

/** How a job is written; what could not be read back is refused with the reason. */
export function storedJobText(job: StoredJob): { readonly text: string } | string {
  return whyUnusable(job) ?? { text: `${JSON.stringify(job, null, 1)}\n` };
}

/** Why this is no job that could be read, if so. */
function whyUnusable(value: unknown): string | undefined {
  if (!isStoredJob(value)) return problemOf(StoredJobSchema, value).sentence;
  if (isOfItsKind(value)) return undefined;
  return `/record/request is not that of a job of kind ${value.record.kind}`;
}

function isOfItsKind({ record: { kind, request } }: StoredJob): boolean {
  return Check(jobKinds[kind].schema, request);
}

/** Oldest first. */
export function byCreation(a: StoredJob, b: StoredJob): number {
  const [first, second] = [a.record, b.record];
  return `${first.createdAt} ${first.id}` < `${second.createdAt} ${second.id}` ? -1 : 1;
}
