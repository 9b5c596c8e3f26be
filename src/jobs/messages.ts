import type { Static } from 'typebox';
import { compiledWhenUsed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { JobKindNameSchema, JobRequestSchema, RunEventSchema } from './kinds.ts';
import { RunEndSchema } from './launch.ts';

/** What the server sends to a training process. */
export const TrainerCommandSchema = Type.Union([
  Type.Object({
    type: Type.Literal('start'),
    job: Type.Object({
      id: Type.String(),
      kind: JobKindNameSchema,
      request: JobRequestSchema,
      uploads: Type.Array(
        Type.Object({ part: Type.String(), name: Type.String(), file: Type.String() }),
      ),
      folder: Type.String(),
    }),
    /** The GLIMPSE_ settings of the server, so that both use the same folders. */
    settings: Type.Record(Type.String(), Type.String()),
  }),
  Type.Object({
    type: Type.Literal('stop'),
    how: Type.Union([Type.Literal('cancel'), Type.Literal('interrupt')]),
  }),
]);
export type TrainerCommand = Static<typeof TrainerCommandSchema>;

/** What a training process sends to the server. */
export const TrainerReportSchema = Type.Union([
  Type.Object({ type: Type.Literal('event'), event: RunEventSchema }),
  Type.Object({ type: Type.Literal('memory'), residentBytes: Type.Integer({ minimum: 0 }) }),
  Type.Object({ type: Type.Literal('end'), end: RunEndSchema }),
]);
export type TrainerReport = Static<typeof TrainerReportSchema>;

/** Whether a message is one that a server sends. */
export const isTrainerCommand = compiledWhenUsed(TrainerCommandSchema);

/** Whether a message is one that a training process sends. */
export const isTrainerReport = compiledWhenUsed(TrainerReportSchema);
