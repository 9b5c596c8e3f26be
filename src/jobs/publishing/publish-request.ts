import type { Static } from 'typebox';
import { DatasetSpecSchema, type UploadedFile } from '../../datasets/spec.ts';
import { RequestedPreprocessingSchema } from '../../preprocessing/requested.ts';
import { sharedFields } from '../../preprocessing/contract-one.ts';
import { channels } from '../../preprocessing/contract-two.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { GateSchema, SignatureSchema } from '../../signature.ts';
import { TrainOutcomeSchema } from '../../training/events.ts';
import { gateFields } from '../../training/quantising/quantisation-gate.ts';

const optional = Type.Optional;
const text = (description: string) =>
  optional(Type.String({ minLength: 1, maxLength: 1000, description }));
const { kind } = SignatureSchema.properties.output.properties;

/** What the author of an uploaded model says about it; the rest is read from the model. */
export const PublishRequestSchema = Type.Object(
  {
    classes: optional({
      ...SignatureSchema.properties.classes,
      description:
        'In the order of the scores; of a single score the class of 0, then that of 1. By default those that the model has in its metadata or operators.',
    }),
    preprocessing: optional(
      Type.Object(
        {
          ...RequestedPreprocessingSchema.properties,
          width: optional(sharedFields.width),
          height: optional(sharedFields.height),
          channels: optional(channels),
        },
        {
          ...Closed,
          title: 'UploadedPreprocessing',
          description:
            'How an image becomes the input: a preset, any fields of the contract, and the size where the graph leaves it open. By default images are stretched to the input, 0..1.',
        },
      ),
    ),
    shape: text('Of the input, where the graph leaves axes open: 3,224,224 or N,224,224,3.'),
    layout: optional(
      Type.Enum(['NCHW', 'NHWC'], {
        description: 'Whether the channels come first or last, where the graph does not tell.',
      }),
    ),
    output: text('Which output holds the scores, when the graph has several that could.'),
    outputKind: optional({
      ...kind,
      description: 'What the output gives. By default found out from the graph and by trying.',
    }),
    minScore: optional(GateSchema.properties.minScore),
    quantise: optional(
      Type.Object(
        {
          dataset: optional(DatasetSpecSchema),
          ...gateFields,
        },
        {
          ...Closed,
          title: 'QuantiseUpload',
          description:
            'Publish an ONNX model in eight bits, unless it is worse so than these fields allow. At least 64 examples, half of which it is compared on, come as the parts "calibration" of the form, or from the place that the dataset names: with labels as in training, or images alone in one ZIP file.',
        },
      ),
    ),
    label: optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        description: 'Also point this label at the new version. Needs the scope "release".',
      }),
    ),
    source: text('Where it comes from, for its lineage. By default the name of the file.'),
  },
  { title: 'PublishRequest', ...Closed },
);

const { model } = TrainOutcomeSchema.properties;
export const ResolvedPublishRequestSchema = Type.Object(
  { model, ...PublishRequestSchema.properties },
  { ...Closed, title: 'ResolvedPublishRequest' },
);
export type ResolvedPublishRequest = Static<typeof ResolvedPublishRequestSchema>;

/** What a run does, in this order. */
export const publishStages = ['examining', 'publishing'] as const;

export const PublishEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('stage'), stage: Type.Enum([...publishStages]) }, Closed),
  Type.Object({ type: Type.Literal('note'), note: Type.String() }, Closed),
]);
export type PublishEvent = Static<typeof PublishEventSchema>;

const seconds = Type.Number({ minimum: 0 });
const { version, release, notes } = TrainOutcomeSchema.properties;
export const PublishOutcomeSchema = Type.Object(
  { version, release, notes, timings: Type.Object({ examine: seconds, publish: seconds }, Closed) },
  Closed,
);
export type PublishOutcome = Static<typeof PublishOutcomeSchema>;

/** The parts of a form that carry an uploaded model. */
export const uploadParts = {
  /** The ONNX file, or a ZIP file with it or with a whole version. */
  model: 'model',
  /** A file in which the graph keeps weights, under the name that the graph has for it. */
  data: 'data',
  /** An image whose scores are recorded; "golden:apple" says which class it must be. */
  golden: /^golden(?::(?<label>.+))?$/,
  /** Examples by which the model is put in eight bits, as a dataset or as images in a ZIP file. */
  calibration: 'calibration',
} as const;

/** What publishing an uploaded model works with. */
export interface PublishContext {
  readonly uploads: readonly UploadedFile[];
  /** A folder of the job's own. */
  readonly jobDir: string;
  readonly job?: string;
  readonly signal: AbortSignal;
  readonly report: (event: PublishEvent) => void;
}

/** Examines an uploaded model and publishes it as the next version of its model, by the rule that releases its versions. */
export type PublishUpload = (
  request: ResolvedPublishRequest,
  context: PublishContext,
) => Promise<PublishOutcome>;
