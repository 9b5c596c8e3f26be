import type { Static } from 'typebox';
import type { UploadedFile } from '../datasets/spec.ts';
import { Type } from '../schema/builder.ts';
import { JobErrorSchema } from './job-error.ts';
import { JobOutcomeSchema, type JobKindName, type JobRequest, type RunEvent } from './kinds.ts';

/** What a training process needs to know about its job. */
export interface LaunchJob {
  readonly id: string;
  readonly kind: JobKindName;
  readonly request: JobRequest;
  readonly uploads: readonly UploadedFile[];
  /** A folder of the job's own, kept between attempts. */
  readonly folder: string;
}

/** How an attempt at a job came to its end. `died`: without saying why, so it may be tried again. */
export const RunEndSchema = Type.Union([
  Type.Object({ type: Type.Literal('succeeded'), outcome: JobOutcomeSchema }),
  Type.Object({ type: Type.Literal('failed'), error: JobErrorSchema }),
  Type.Object({ type: Type.Literal('cancelled') }),
  Type.Object({ type: Type.Literal('interrupted') }),
  Type.Object({ type: Type.Literal('died'), reason: Type.String() }),
]);
export type RunEnd = Static<typeof RunEndSchema>;

/** A training process at work. */
export interface Launched {
  /** Settles once, when the process has exited; never rejects. */
  readonly end: Promise<RunEnd>;
  /** Ends the run for good, or (`interrupt`) so that it can go on later. A second call changes nothing. */
  stop(how: 'cancel' | 'interrupt'): void;
}

/**
 * Starts a training process for one attempt at a job. `report` gets the events of its run, `log` every line
 * that anything in the process wrote, and how it came and went.
 */
export type Launch = (
  job: LaunchJob,
  report: (event: RunEvent) => void,
  log: (line: string) => void,
) => Launched;
