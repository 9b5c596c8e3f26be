import type { Static } from 'typebox';
import { DatasetSpecSchema } from '../datasets/spec.ts';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

const maxBadRows = Type.Number({
  minimum: 0,
  description: 'Unusable rows that are passed over: a share below 1, else a number. Default 0.01.',
});

/** The body of an evaluation: labelled examples to measure a version on. */
export const EvaluateRequestSchema = Type.Object(
  { dataset: Type.Optional(DatasetSpecSchema), maxBadRows: Type.Optional(maxBadRows) },
  {
    ...Closed,
    description:
      'The dataset must have the classes of the version, and images of its size (files of images are prepared as its contract says). Without a uri the uploaded files are read.',
  },
);

/** An evaluation with everything decided: what a job record keeps. */
export const ResolvedEvaluateRequestSchema = Type.Object(
  {
    model: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    dataset: DatasetSpecSchema,
    maxBadRows,
  },
  { ...Closed, title: 'DecidedEvaluateRequest' },
);
export type ResolvedEvaluateRequest = Static<typeof ResolvedEvaluateRequestSchema>;
