import { isRecord } from '../../json.ts';
import { UsageError, type ValuesOf } from '../command.ts';
import { gateAsked, gateOptions } from '../option-groups/quantise-options.ts';
import { maxBadRows, readingOf, readingOptions } from '../option-groups/dataset-options.ts';
import { defined, flag, jsonFile, nameOrJson, number, optional, text } from '../options.ts';

export const trainArguments = {
  dataset: optional(
    'mnist:, sample:, a file (CSV, JSON, NDJSON, IDX; .gz, .bz2, .xz too), a folder or archive of images, s3://bucket/key, or dataset:NAME (glimpse dataset list)',
  ),
};

export const trainOptions = {
  model: text('NAME', 'the model to publish to (digits)'),
  architecture: nameOrJson(
    'A',
    'a preset (dense, cnn, gru, ...), transfer (a head on top of a backbone), auto (by the data: what is meant where nothing is said, but for MNIST), or JSON {"layers": [...]}, or @file.json',
  ),
  backbone: text(
    'MODEL@VERSION',
    'the version to learn on top of with transfer (the one that comes with the program)',
  ),
  epochs: number('N', 'how often all examples are seen (50)'),
  batchSize: number('N', 'examples a step (32 or 50, by the recipe of the architecture)'),
  optimizer: nameOrJson('NAME', 'sgd, momentum, rmsprop, adagrad, adam, adamw (adam), or JSON'),
  learningRate: number('X', 'the peak of the schedule'),
  schedule: nameOrJson(
    'NAME',
    'constant, step, exponential, cosine, one-cycle (by the recipe), or JSON',
  ),
  augmentation: nameOrJson('A', 'none, shift, handwriting, photo (by the recipe), or JSON'),
  labelSmoothing: number('X', 'how much of a target goes to the other classes (by the recipe)'),
  l2: number('X', 'strength of the penalty on kernels (0)'),
  gradientClip: number('X', 'largest norm of all gradients'),
  classWeights: nameOrJson('W', 'balanced, so that rare classes weigh more, or JSON {"cat": 2}'),
  preprocessing: nameOrJson(
    'P',
    'how images sent to the model become its input: a preset (handwriting, plain, ...), or JSON',
  ),
  outliers: nameOrJson(
    'O',
    'images that show none of the classes, to be doubted: letters (drawn, for digits), or a dataset (its URI, or JSON)',
  ),
  maxError: number('X', 'share of images that may be answered wrongly without a warning'),
  startFrom: number('VERSION', 'a version of the model whose parameters are the first ones'),
  patience: number('N', 'end after N epochs without a better validation loss, and keep the best'),
  seed: number('N', 'the same seed gives the same bytes (1)'),
  workers: number('N', 'workers that share every batch, each on a thread (1)'),
  quantise: flag('serve the net in eight bits, unless it is worse so on the held-out examples'),
  ...gateOptions,
  keepExamples: number(
    'N',
    'training examples kept in the version, to be shown by explain=nearest',
  ),
  ...readingOptions,
  evaluation: nameOrJson('D', 'a dataset to measure on (or JSON with offset and limit)'),
  validationSplit: number('X', 'share of the dataset set aside to choose by (0.1)'),
  testSplit: number('X', 'share of the dataset set aside to measure on (0.1)'),
  maxBadRows,
  label: text('NAME', 'point this label at the new version, e.g. production'),
  promote: nameOrJson(
    'RULE',
    'when it gets the label production by itself: never, always, if-better, or JSON {"margin": 0.01} (what the policy of the model says)',
  ),
  request: jsonFile('FILE', 'a request as POST /train takes it; the options above go on top'),
  publish: text(
    'FOLDER',
    'publish the net that an earlier run has kept there, instead of training (a run that cannot publish says where)',
  ),
  golden: text(
    'FOLDER',
    'images to check every load with, named after their class (7.png, 7-b.png)',
  ),
  json: flag('print the outcome as JSON'),
};

/** What the words behind `glimpse train` ask for. */
export type TrainGiven = ValuesOf<typeof trainOptions> & { readonly dataset: string | undefined };

/** The request the options make, as POST /train takes it; checked against its schema later, like any other. */
export function trainRequestOf(given: TrainGiven): Record<string, unknown> {
  const base = given.request ?? {};
  const { model, architecture, epochs, batchSize, seed, workers, validationSplit, testSplit } =
    given;
  const { labelSmoothing, l2, gradientClip, classWeights, augmentation, preprocessing } = given;
  return {
    ...base,
    ...defined({
      dataset: merge(base['dataset'], readingOf(given, given.dataset)),
      model,
      architecture,
      backbone: backboneOf(given.backbone),
      epochs,
      batchSize,
      optimizer: optimizerOf(given.optimizer, given.learningRate),
      schedule: withName(given.schedule),
      seed,
      workers,
      evaluation: asDataset(given.evaluation),
      validationSplit,
      testSplit,
      labelSmoothing,
      l2,
      gradientClip,
      classWeights,
      augmentation,
      outliers: given.outliers === 'letters' ? 'letters' : asDataset(given.outliers),
      maxError: given.maxError,
      startFrom: given.startFrom === undefined ? undefined : { version: given.startFrom },
      preprocessing: typeof preprocessing === 'string' ? { preset: preprocessing } : preprocessing,
      quantise: quantiseOf(given),
      keepExamples: given.keepExamples,
      earlyStopping: given.patience === undefined ? undefined : { patience: given.patience },
      maxBadRows: given.maxBadRows,
      publish: publishOf(given),
    }),
  };
}

function backboneOf(given: string | undefined): unknown {
  if (given === undefined) return undefined;
  const [, model, version] = /^(.+)@(\d+)$/.exec(given) ?? [];
  if (model !== undefined) return { model, version: Number(version) };
  throw new UsageError('--backbone names a version of a model: MODEL@VERSION.');
}

/** In eight bits, and what it may be worse by where that is said. */
function quantiseOf({ quantise, maxAccuracyFall, minAgreement }: TrainGiven): unknown {
  const gate = gateAsked({ maxAccuracyFall, minAgreement });
  const isSaid = Object.keys(gate).length > 0;
  if (quantise) return isSaid ? gate : true;
  if (!isSaid) return undefined;
  throw new UsageError('--max-accuracy-fall and --min-agreement go with --quantise.');
}

function publishOf({ label, promote }: TrainGiven): unknown {
  const publish = defined({ label, promote });
  return Object.keys(publish).length === 0 ? undefined : publish;
}

function merge(base: unknown, more: Record<string, unknown>): unknown {
  if (Object.keys(more).length === 0) return base;
  return isRecord(base) ? { ...base, ...more } : more;
}

function withName(given: unknown): unknown {
  return typeof given === 'string' ? { name: given } : given;
}

function optimizerOf(value: unknown, learningRate: number | undefined): unknown {
  const given = withName(value);
  if (learningRate === undefined) return given;
  return { ...(isRecord(given) ? given : { name: 'adam' }), learningRate };
}

function asDataset(given: unknown): unknown {
  return typeof given === 'string' ? { uri: given } : given;
}
