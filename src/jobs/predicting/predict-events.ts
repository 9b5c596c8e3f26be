import type { Static } from 'typebox';
import { DatasetFormatSchema } from '../../datasets/spec.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';

const count = Type.Integer({ minimum: 0 });
const digest = Type.String({ description: 'sha256: and 64 hexadecimal digits.' });

/** A part as the manifest lists it, and as it is noted beside the parts once it is whole. */
export const PartSchema = Type.Object(
  {
    name: Type.String(),
    rows: Type.Integer({ minimum: 1 }),
    errors: count,
    bytes: count,
    sha256: digest,
    inputDigest: Type.String({
      description: 'Of what its rows were made of, one after the other.',
    }),
    classes: Type.Record(Type.String(), count, { description: 'How often each class came first.' }),
    codes: Type.Record(Type.String(), count, { description: 'How often each error came.' }),
  },
  { ...Closed, title: 'PredictionPart' },
);
export type Part = Static<typeof PartSchema>;

/** Everything about the predictions of a place: its manifest, written last. */
export const PredictionManifestSchema = Type.Object(
  {
    formatVersion: Type.Literal(1),
    createdAt: Type.String(),
    model: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    modelDigest: digest,
    preprocessingDigest: digest,
    input: Type.Object(
      {
        uri: Type.Optional(Type.String()),
        format: DatasetFormatSchema,
        listing: Type.String({
          description:
            'Digest of which files it is made of: names, sizes, and times of change or ETags where they are told.',
        }),
        digest: Type.String({ description: 'Of the input digests of the parts, in order.' }),
      },
      { ...Closed, title: 'PredictedInput' },
    ),
    format: Type.String(),
    topK: Type.Integer({ minimum: 1 }),
    rows: count,
    errors: count,
    classes: PartSchema.properties.classes,
    codes: PartSchema.properties.codes,
    parts: Type.Array(PartSchema),
    notes: Type.Array(Type.String()),
  },
  { ...Closed, title: 'PredictionManifest' },
);
export type PredictionManifest = Static<typeof PredictionManifestSchema>;

/** How far a batch prediction is. */
export const PredictionProgressSchema = Type.Object(
  {
    rows: Type.Integer({ minimum: 0, description: 'Predicted or refused, those of before too.' }),
    total: Type.Optional(Type.Integer({ minimum: 0, description: 'Where that is known.' })),
    errors: count,
    parts: count,
    resumed: Type.Integer({ minimum: 0, description: 'Rows that an earlier attempt had done.' }),
    rowsPerSecond: Type.Number({ minimum: 0, description: 'Of this attempt.' }),
  },
  { ...Closed, title: 'PredictionProgress' },
);

/** What a batch prediction does, in this order. */
export const predictStages = ['opening', 'predicting'] as const;

export const PredictEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('stage'), stage: Type.Enum([...predictStages]) }, Closed),
  Type.Object({ type: Type.Literal('predicted'), progress: PredictionProgressSchema }, Closed),
  Type.Object({ type: Type.Literal('note'), note: Type.String() }, Closed),
]);
export type PredictEvent = Static<typeof PredictEventSchema>;

/** What a batch prediction made. */
export const PredictOutcomeSchema = Type.Object(
  {
    predicted: Type.Object(
      {
        out: Type.String(),
        manifest: Type.String({ description: 'The name of the manifest in that place.' }),
        ...Type.Omit(PredictionManifestSchema, ['formatVersion', 'createdAt', 'notes', 'parts'])
          .properties,
        parts: count,
      },
      { ...Closed, title: 'Predicted' },
    ),
    timings: Type.Object({ predict: Type.Number({ minimum: 0 }) }, Closed),
    notes: Type.Array(Type.String()),
  },
  Closed,
);
export type PredictOutcome = Static<typeof PredictOutcomeSchema>;
