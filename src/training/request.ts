import type { Static } from 'typebox';
import { OptimizerSchema, RequestedOptimizerSchema } from '../neural/optimizers.ts';
import { RequestedScheduleSchema, ScheduleSchema } from '../neural/schedules.ts';
import { Type } from '../schema/builder.ts';
import { QuantisationGateSchema } from './quantising/quantisation-gate.ts';
import { learningFields } from './learning-fields.ts';
import { AskedArchitectureSchema, BackboneSchema } from './transfer/ask.ts';
import { AugmentationSchema } from './examples/augmentation-spec.ts';
import { RequestedPreprocessingSchema } from '../preprocessing/requested.ts';
import { DatasetSpecSchema, type UploadedFile } from '../datasets/spec.ts';
import { productionLabel } from '../repository/names.ts';
import { ReleaseRuleSchema } from '../repository/releases/release-policy.ts';
import { Closed } from '../schema.ts';

const share = (maximum: number, description: string) =>
  Type.Number({ minimum: 0, maximum, description });

/** What a model is trained with, every field by itself; both schemas below are made of these. */
const fields = {
  model: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    description: 'The model the new version belongs to. Default: digits.',
  }),
  dataset: DatasetSpecSchema,
  evaluation: DatasetSpecSchema,
  architecture: AskedArchitectureSchema,
  backbone: BackboneSchema,
  optimizer: OptimizerSchema,
  schedule: ScheduleSchema,
  epochs: Type.Integer({ minimum: 1, maximum: 10_000, description: 'Default 50.' }),
  batchSize: Type.Integer({
    minimum: 1,
    maximum: 4096,
    description: 'Default 32 or 50, by the recipe of the architecture.',
  }),
  validationSplit: share(
    0.9,
    'Share of the dataset to watch and choose by. Default 0.1, or 0 with an evaluation dataset (then a part of that one is used).',
  ),
  testSplit: share(
    0.9,
    'Share of the dataset only measured on. Default 0.1, or 0 with an evaluation dataset.',
  ),
  seed: Type.Integer({
    minimum: 0,
    maximum: 4_294_967_295,
    description: 'The same seed gives the same bytes. Default 1.',
  }),
  workers: Type.Integer({
    minimum: 1,
    maximum: 16,
    description:
      'How many workers share every batch, at least 8 examples each, on as many threads as there may be. Another number gives other bytes. Default 1.',
  }),
  labelSmoothing: Type.Number({
    minimum: 0,
    exclusiveMaximum: 1,
    description: 'Default 0 or 0.1, by the recipe of the architecture.',
  }),
  l2: Type.Number({ minimum: 0, maximum: 1, description: 'Strength on kernels. Default 0.' }),
  gradientClip: Type.Number({ exclusiveMinimum: 0, description: 'Largest norm of all gradients.' }),
  classWeights: Type.Union(
    [
      Type.Literal('balanced'),
      Type.Record(Type.String({ maxLength: 200 }), Type.Number({ minimum: 0, maximum: 1e6 })),
    ],
    {
      title: 'ClassWeights',
      description:
        'A factor by class name, 1 where left out; or balanced: rare classes weigh more.',
    },
  ),
  augmentation: AugmentationSchema,
  ...learningFields,
  preprocessing: RequestedPreprocessingSchema,
  quantise: Type.Union([Type.Boolean(), QuantisationGateSchema], {
    title: 'Quantise',
    description:
      'Serve the net in eight bits, unless it is worse so on the held-out examples: then in float32, and a note says why. An object says how much worse it may be. Default false.',
  }),
  keepExamples: Type.Integer({
    minimum: 1,
    maximum: 1000,
    description:
      'So many of the training examples are kept in the version, as pictures and as what the net finds in them, to be shown by explain=nearest: of each class as many as of the others, as far as it has so many. Whoever may ask the version, or read its files, can see them. Without it none are.',
  }),
  publish: Type.Object(
    {
      label: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
          description:
            'A label to point at the new version, whatever it is: with production it answers by default at once.',
        }),
      ),
      promote: Type.Optional(ReleaseRuleSchema),
    },
    {
      title: 'PublishOptions',
      ...Closed,
      description:
        'Where the new version answers. promote: when it gets the label production by itself; what the policy of the model says when left out.',
    },
  ),
  maxBadRows: Type.Number({
    minimum: 0,
    description:
      'Unusable rows that are passed over: a share below 1, else a number. Default 0.01.',
  }),
};

/** The JSON body of POST /train. Everything may be left out: that is the founding example. */
export const TrainRequestSchema = Type.Partial(
  Type.Object({
    ...fields,
    optimizer: RequestedOptimizerSchema,
    schedule: RequestedScheduleSchema,
  }),
  {
    ...Closed,
    description: 'Every field is optional; the defaults train the founding example.',
  },
);
export type TrainRequest = Static<typeof TrainRequestSchema>;

/** What a recipe would decide. */
const AskedRecipeSchema = Type.Partial(
  Type.Object({
    optimizer: RequestedOptimizerSchema,
    schedule: RequestedScheduleSchema,
    batchSize: fields.batchSize,
    labelSmoothing: fields.labelSmoothing,
    augmentation: fields.augmentation,
    epochs: fields.epochs,
  }),
  {
    ...Closed,
    title: 'AskedRecipe',
    description:
      'What a request with the architecture auto says of its recipe; the rest follows with its net.',
  },
);

export type AskedRecipe = Static<typeof AskedRecipeSchema>;

const { evaluation, gradientClip, classWeights, earlyStopping, ...others } = fields;
const { preprocessing, quantise, keepExamples, outliers, ...more } = others;
const { startFrom, maxError, backbone, ...required } = more;

/** A request with everything decided: what a job record keeps, and what a run does. */
export const ResolvedTrainRequestSchema = Type.Object(
  {
    ...required,
    evaluation: Type.Optional(evaluation),
    gradientClip: Type.Optional(gradientClip),
    classWeights: Type.Optional(classWeights),
    earlyStopping: Type.Optional(earlyStopping),
    preprocessing: Type.Optional(preprocessing),
    quantise: Type.Optional(quantise),
    keepExamples: Type.Optional(keepExamples),
    outliers: Type.Optional(outliers),
    startFrom: Type.Optional(startFrom),
    maxError: Type.Optional(maxError),
    backbone: Type.Optional(backbone),
    note: Type.Optional(Type.String({ description: 'What was decided for the caller, in words.' })),
    asked: Type.Optional(AskedRecipeSchema),
    chosen: Type.Optional(Type.String({ description: 'Why auto came to its net.' })),
  },
  { ...Closed, title: 'DecidedTrainRequest' },
);
export type ResolvedTrainRequest = Static<typeof ResolvedTrainRequestSchema>;

/** Uploaded files of this form field are the evaluation dataset; those of all others are the dataset. */
const EVALUATION_FIELD = 'evaluation';

/** The uploaded files of a request, by the dataset they belong to. */
export function divideUploads(uploads: readonly UploadedFile[]): {
  readonly dataset: readonly UploadedFile[];
  readonly evaluation: readonly UploadedFile[];
} {
  return {
    dataset: uploads.filter(({ part }) => part !== EVALUATION_FIELD),
    evaluation: uploads.filter(({ part }) => part === EVALUATION_FIELD),
  };
}

/** The labels that a run may give: the first version of a model gets production, and so may the one before. */
export function labelsOf({ label }: ResolvedTrainRequest['publish']): string[] {
  return label === undefined ? [productionLabel] : [productionLabel, label];
}
