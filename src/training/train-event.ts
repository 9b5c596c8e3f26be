import { Type, type Static } from 'typebox';
import { MetricsSchema } from '../repository/manifest.ts';
import { DatasetFormatSchema } from './datasets/dataset-spec.ts';
import { ImportedSchema } from './import-request.ts';

const Closed = { additionalProperties: false };
const seconds = Type.Number({ minimum: 0 });
const optional = Type.Optional;

/** What a dataset turned out to hold, and which part each example plays. */
export const DatasetReportSchema = Type.Object(
  {
    examples: Type.Integer({ minimum: 0 }),
    format: DatasetFormatSchema,
    rowsRead: Type.Integer({ minimum: 0 }),
    badRows: Type.Object(
      {
        count: Type.Integer({ minimum: 0 }),
        rows: Type.Array(
          Type.Object(
            {
              line: Type.Integer(),
              entry: optional(Type.String({ description: 'The file it came from.' })),
              reason: Type.String(),
            },
            Closed,
          ),
          { description: 'The first of them.' },
        ),
      },
      Closed,
    ),
    ignored: optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1 }),
          archives: Type.Integer({ minimum: 0, description: 'Archives in the archive.' }),
          names: Type.Array(Type.String(), { description: 'The first of them.' }),
        },
        { ...Closed, description: 'Files that lay beside the data and were not read.' },
      ),
    ),
    classes: Type.Array(Type.String()),
    classCounts: Type.Array(Type.Integer({ minimum: 0 })),
    digest: Type.String({ description: 'SHA-256 of the examples.' }),
    shape: Type.Object(
      { width: Type.Integer(), height: Type.Integer(), channels: Type.Integer() },
      Closed,
    ),
    parts: Type.Object(
      {
        training: Type.Integer({ minimum: 0 }),
        validation: Type.Integer({ minimum: 0 }),
        test: Type.Integer({ minimum: 0 }),
      },
      { ...Closed, description: 'Examples learnt from, chosen by, and only measured on.' },
    ),
    evaluationDigest: optional(Type.String()),
  },
  Closed,
);
export type DatasetReport = Static<typeof DatasetReportSchema>;

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
  Closed,
);
export type Epoch = Static<typeof EpochSchema>;

export const TimingsSchema = Type.Object(
  { read: seconds, train: seconds, evaluate: seconds, publish: seconds },
  { ...Closed, description: 'Seconds by stage of the run.' },
);
export type Timings = Static<typeof TimingsSchema>;

export const StageSchema = Type.Union([
  Type.Literal('reading'),
  Type.Literal('training'),
  Type.Literal('evaluating'),
  Type.Literal('publishing'),
  Type.Literal('cleaning'),
  Type.Literal('storing'),
]);

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

/** What an import did. */
export const ImportOutcomeSchema = Type.Object(
  { imported: ImportedSchema, timings: TimingsSchema, notes: Type.Array(Type.String()) },
  Closed,
);
export type ImportOutcome = Static<typeof ImportOutcomeSchema>;

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
