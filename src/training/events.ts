import type { Static } from 'typebox';
import { MetricsSchema } from '../repository/manifest.ts';
import { ReleaseRecordSchema, type ReleaseRecord } from '../repository/releases/release-record.ts';
import { DatasetReportSchema } from '../datasets/report.ts';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

const seconds = Type.Number({ minimum: 0 });
const optional = Type.Optional;

export const EpochSchema = Type.Object(
  {
    epoch: Type.Integer({ minimum: 1 }),
    loss: Type.Number(),
    accuracy: Type.Number({ minimum: 0, maximum: 1 }),
    validationLoss: optional(Type.Number()),
    validationAccuracy: optional(Type.Number({ minimum: 0, maximum: 1 })),
    learningRate: Type.Number({ description: 'Of the last step of the epoch.' }),
    seconds,
  },
  { ...Closed, title: 'Epoch' },
);
export type Epoch = Static<typeof EpochSchema>;

/** What a training run does, in this order. */
export const trainStages = ['reading', 'training', 'evaluating', 'publishing'] as const;

const measured = {
  model: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'The version it published, or measured.' }),
  metrics: MetricsSchema,
  notes: Type.Array(Type.String()),
};

/** What was decided about a version, in short; GET /models/{model}/versions/{version} has all of it. */
const ReleaseOutcomeSchema = Type.Object(
  {
    ...Type.Pick(ReleaseRecordSchema, ['decision', 'reason', 'present']).properties,
  },
  { ...Closed, title: 'ReleaseOutcome' },
);

/** What of a record the outcome of a run tells. */
export function releaseOutcome({
  decision,
  reason,
  present,
}: ReleaseRecord): Static<typeof ReleaseOutcomeSchema> {
  return { decision, reason, ...(present !== undefined && { present }) };
}

/** What a training run did; the same on every path. */
export const TrainOutcomeSchema = Type.Object(
  {
    ...measured,
    timings: Type.Object(
      { read: seconds, train: seconds, evaluate: seconds, publish: seconds },
      Closed,
    ),
    release: optional(ReleaseOutcomeSchema),
  },
  Closed,
);
export type TrainOutcome = Static<typeof TrainOutcomeSchema>;

/** What an evaluation of a version did. */
export const EvaluateOutcomeSchema = Type.Object(
  { ...measured, timings: Type.Object({ read: seconds, evaluate: seconds }, Closed) },
  Closed,
);
export type EvaluateOutcome = Static<typeof EvaluateOutcomeSchema>;

/** What a net was measured on and answered wrongly; the sheet of the job has the pictures. */
export const MistakesSchema = Type.Object(
  {
    cell: Type.Integer({
      minimum: 1,
      description: 'The side of one picture on the sheet, in pixels.',
    }),
    columns: Type.Integer({ minimum: 1, description: 'How many stand side by side on it.' }),
    worst: Type.Array(
      Type.Object(
        {
          class: Type.String({ description: 'What it is.' }),
          answered: Type.String(),
          score: Type.Number({ minimum: 0, maximum: 1 }),
        },
        { ...Closed, title: 'Mistake' },
      ),
      { description: 'In the order of the sheet, those first that were answered most surely.' },
    ),
  },
  {
    ...Closed,
    title: 'Mistakes',
    description:
      'Of a training: examples that its net was measured on and answered wrongly, a hundred at most. GET /train/{id}/sheet has their pictures.',
  },
);

/** What a run reports while it goes on, in this order and as often as it happens. */
export const TrainEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('stage'), stage: Type.Enum([...trainStages]) }, Closed),
  Type.Object({ type: Type.Literal('dataset'), dataset: DatasetReportSchema }, Closed),
  Type.Object(
    {
      type: Type.Literal('net'),
      parameters: Type.Integer({ minimum: 0 }),
      stepsPerEpoch: Type.Integer({ minimum: 1 }),
      history: Type.Array(EpochSchema, { description: 'Epochs done before: of a resumed run.' }),
    },
    Closed,
  ),
  Type.Object(
    {
      type: Type.Literal('progress'),
      epoch: Type.Integer({ minimum: 1 }),
      step: Type.Integer({ minimum: 0 }),
      steps: Type.Integer({ minimum: 1 }),
    },
    Closed,
  ),
  Type.Object({ type: Type.Literal('epoch'), epoch: EpochSchema }, Closed),
  Type.Object(
    { type: Type.Literal('checkpoint'), epoch: Type.Integer(), step: Type.Integer() },
    Closed,
  ),
  Type.Object({ type: Type.Literal('mistakes'), mistakes: MistakesSchema }, Closed),
  Type.Object({ type: Type.Literal('note'), note: Type.String() }, Closed),
  Type.Object(
    { type: Type.Literal('finished') },
    { ...Closed, description: 'The net is kept on this machine until it is published.' },
  ),
]);
export type TrainEvent = Static<typeof TrainEventSchema>;
