import type { Static } from 'typebox';
import { Type } from '../schema/builder.ts';
import { BaselineSchema } from './baseline.ts';
import { QuantisationSchema } from './figures/quantisation.ts';
import { KeptExamplesSchema } from './kept-examples.ts';
import { PreprocessingSchema } from '../preprocessing/contract.ts';
import { GateSchema, SignatureSchema } from '../signature.ts';
import { Closed } from '../schema.ts';

/**
 * The description of a version, written last: a version exists when its manifest does.
 * Readers refuse a `formatVersion` they do not know and any file the manifest does not name.
 */

export const ManifestFileSchema = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'Relative to the version folder.',
    }),
    size: Type.Integer({ minimum: 0, description: 'Bytes.' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { ...Closed, title: 'ModelFile' },
);

export const GoldenSampleSchema = Type.Object(
  {
    file: Type.String({ description: 'An encoded image among the files of the version.' }),
    label: Type.String({ description: 'The class it must come first with.' }),
    scores: Type.Array(Type.Number(), {
      description: 'Expected probability per class, in class order.',
    }),
  },
  { ...Closed, title: 'GoldenSample' },
);

export const LineageSchema = Type.Object(
  {
    codeVersion: Type.Optional(Type.String()),
    parent: Type.Optional(Type.Integer({ minimum: 1 })),
    job: Type.Optional(Type.String()),
    seed: Type.Optional(Type.Integer()),
    command: Type.Optional(Type.String({ description: 'The command line that trains it again.' })),
    dataset: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    architecture: Type.Optional(Type.Unknown()),
    hyperparameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    source: Type.Optional(
      Type.String({ description: 'Where a model trained elsewhere came from.' }),
    ),
  },
  { ...Closed, title: 'Lineage' },
);

export const MetricsSchema = Type.Object(
  {
    loss: Type.Optional(Type.Number()),
    accuracy: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    accuracyInterval: Type.Optional(
      Type.Array(Type.Number({ minimum: 0, maximum: 1 }), {
        minItems: 2,
        maxItems: 2,
        description:
          'Where the accuracy on further examples of the same kind lies with 95 % confidence (Wilson), as far as the examples were drawn one by one.',
      }),
    ),
    servedAccuracy: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'The accuracy when the same examples are sent as images, as to POST /predict: what was found by sending some of them.',
      }),
    ),
    served: Type.Optional(
      Type.Object(
        {
          images: Type.Integer({
            minimum: 0,
            description: 'Examples sent as PNG, JPEG, or files.',
          }),
          right: Type.Integer({ minimum: 0, description: 'Right as they were read.' }),
          served: Type.Integer({ minimum: 0, description: 'Answered right as images.' }),
        },
        { ...Closed, title: 'ServedFigures', description: 'What servedAccuracy was found by.' },
      ),
    ),
    macroRecall: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Mean recall of the classes that have examples, each counted alike.',
      }),
    ),
    examples: Type.Optional(
      Type.Integer({ minimum: 0, description: 'How many the figures were measured on.' }),
    ),
    measuredOn: Type.Optional(Type.String({ description: 'Which examples, in words.' })),
    confusionMatrix: Type.Optional(
      Type.Array(Type.Array(Type.Integer()), {
        description: 'Rows: true class; columns: answered class.',
      }),
    ),
    perClass: Type.Optional(
      Type.Array(
        Type.Object(
          {
            class: Type.String(),
            examples: Type.Integer({ minimum: 0 }),
            precision: Type.Union([Type.Number(), Type.Null()]),
            recall: Type.Union([Type.Number(), Type.Null()]),
          },
          { title: 'ClassMetrics' },
        ),
      ),
    ),
    calibrationError: Type.Optional(
      Type.Number({ description: 'Expected calibration error of the scores as served, 15 bins.' }),
    ),
    temperature: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Already folded into the model.' }),
    ),
  },
  { title: 'Metrics' },
);

export const ManifestSchema = Type.Object(
  {
    formatVersion: Type.Literal(1),
    model: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    createdAt: Type.String({ description: 'RFC 3339, UTC.' }),
    writerId: Type.String({
      description: 'The same as in _claim.json: tells our own write from a rival’s.',
    }),
    runtime: Type.Union([Type.Literal('onnx'), Type.Literal('tensorflow')]),
    entry: Type.String({ description: 'The file the runtime opens, e.g. model.onnx.' }),
    files: Type.Array(ManifestFileSchema, { minItems: 1, maxItems: 10_000 }),
    signature: SignatureSchema,
    preprocessing: PreprocessingSchema,
    gate: Type.Optional(GateSchema),
    golden: Type.Array(GoldenSampleSchema),
    lineage: LineageSchema,
    metrics: MetricsSchema,
    baseline: Type.Optional(BaselineSchema),
    quantisation: Type.Optional(QuantisationSchema),
    keptExamples: Type.Optional(KeptExamplesSchema),
  },
  Closed,
);

export type Manifest = Static<typeof ManifestSchema>;
export type ManifestFile = Static<typeof ManifestFileSchema>;
export type GoldenSample = Static<typeof GoldenSampleSchema>;
export type Lineage = Static<typeof LineageSchema>;
export type Metrics = Static<typeof MetricsSchema>;
