import { Type, type Static } from 'typebox';
import { MetricsSchema } from '../repository/manifest.ts';
import { DatasetReportSchema } from '../datasets/report.ts';
import { Closed } from '../schema.ts';

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

export const TimingsSchema = Type.Object(
  { read: seconds, train: seconds, evaluate: seconds, publish: seconds },
  { title: 'JobTimings', ...Closed, description: 'Seconds by stage of the run.' },
);

export const StageSchema = Type.Union(
  [
    Type.Literal('reading'),
    Type.Literal('training'),
    Type.Literal('evaluating'),
    Type.Literal('publishing'),
    Type.Literal('cleaning'),
    Type.Literal('storing'),
  ],
  { title: 'JobStage' },
);

/** What a run did; the same on every path. */
export const TrainOutcomeSchema = Type.Object(
  {
    model: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    metrics: MetricsSchema,
    timings: TimingsSchema,
    notes: Type.Array(Type.String()),
  },
  Closed,
);
export type TrainOutcome = Static<typeof TrainOutcomeSchema>;

/** What a run tells while it goes on, in this order and as often as it happens. */
export const TrainEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('stage'), stage: StageSchema }, Closed),
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
  Type.Object({ type: Type.Literal('note'), note: Type.String() }, Closed),
]);
export type TrainEvent = Static<typeof TrainEventSchema>;
