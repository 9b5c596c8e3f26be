import { Type, type Static } from 'typebox';
import type { UploadedFile } from '../datasets/spec.ts';
import { JobErrorSchema, type Work } from './record.ts';
import { ImportOutcomeSchema } from './kinds/import-request.ts';
import { TrainOutcomeSchema, type TrainEvent } from '../training/events.ts';

/** What a training process needs to know about its job. */
export interface LaunchJob {
  readonly id: string;
  readonly request: Work;
  readonly uploads: readonly UploadedFile[];
  /** A folder of the job's own, kept between attempts. */
  readonly folder: string;
}

/** How a training process came to its end. `died`: without saying why, so it may be tried again. */
export const RunEndSchema = Type.Union([
  Type.Object({
    kind: Type.Literal('succeeded'),
    outcome: Type.Union([TrainOutcomeSchema, ImportOutcomeSchema]),
  }),
  Type.Object({ kind: Type.Literal('failed'), error: JobErrorSchema }),
  Type.Object({ kind: Type.Literal('cancelled') }),
  Type.Object({ kind: Type.Literal('interrupted') }),
  Type.Object({ kind: Type.Literal('died'), reason: Type.String() }),
]);
export type RunEnd = Static<typeof RunEndSchema>;

/** A training process at work. */
export interface Launched {
  /** Settles once, when the process is gone; never rejects. */
  readonly end: Promise<RunEnd>;
  /** Ends the run for good, or (`interrupt`) so that it can go on later. A second call changes nothing. */
  stop(how: 'cancel' | 'interrupt'): void;
}

/**
 * Starts a training process for one attempt at a job. `report` hears what its run tells, `log` every line
 * that anything in the process wrote, and how it came and went.
 */
export type Launch = (
  job: LaunchJob,
  report: (event: TrainEvent) => void,
  log: (line: string) => void,
) => Launched;
