import { parseArgs } from 'node:util';
import { UsageError } from './command.ts';
import { readingHelp, readingOf, readingOptions } from './dataset-options.ts';
import { defined, named, numeric, readJson } from './option-values.ts';
import { isRecord } from '../json.ts';

/** What the words behind `glimpse train` ask for. */
export interface TrainArguments {
  /** As POST /train takes it; checked against its schema later, like any other. */
  readonly request: Record<string, unknown>;
  readonly golden: string | undefined;
  readonly json: boolean;
}

const text = { type: 'string' } as const;
const options = {
  model: text,
  architecture: text,
  epochs: text,
  'batch-size': text,
  optimizer: text,
  'learning-rate': text,
  schedule: text,
  seed: text,
  workers: text,
  ...readingOptions,
  evaluation: text,
  'validation-split': text,
  'test-split': text,
  'label-smoothing': text,
  l2: text,
  'gradient-clip': text,
  'class-weights': text,
  augmentation: text,
  preprocessing: text,
  patience: text,
  label: text,
  request: text,
  golden: text,
  json: { type: 'boolean' },
} as const;

export const trainHelp = `glimpse train [dataset] [options]

Trains a model on this machine and publishes it as the next version in the repository
(GLIMPSE_REPOSITORY). Without anything: the founding example, on the first 1000 digits of MNIST.

  dataset               mnist:, sample:, a file (CSV, JSON, NDJSON, IDX; .gz too), a folder or archive
                        of images, s3://bucket/key, or dataset:NAME (glimpse dataset list)
  --model NAME          the model to publish to (digits)
  --architecture A      a preset (dense, cnn, gru, ...), or JSON {"layers": [...]}, or @file.json
  --epochs N            how often all examples are seen (50)
  --batch-size N        examples a step (32)
  --optimizer NAME      sgd, momentum, rmsprop, adagrad, adam, adamw (adam), or JSON
  --learning-rate X     the peak of the schedule
  --schedule NAME       constant, step, exponential, cosine, one-cycle (constant), or JSON
  --augmentation A      none, handwriting, photo (none), or JSON
  --label-smoothing X   --l2 X   --gradient-clip X
  --class-weights W     balanced, so that rare classes weigh more, or JSON {"cat": 2}
  --preprocessing P     how images sent to the model become its input, as JSON
  --patience N          end after N epochs without a better validation loss, and keep the best
  --seed N              the same seed gives the same bytes (1)
  --workers N           workers that share every batch, each on a thread (1)
${readingHelp}
  --evaluation D        a dataset to measure on (or JSON with offset and limit)
  --validation-split X  --test-split X   shares of the dataset set aside (0.1 each)
  --max-bad-rows X      unusable rows passed over: a share below 1, else a number (0.01)
  --label NAME          point this label at the new version, e.g. production
  --request FILE        a request as POST /train takes it; the options above go on top
  --golden FOLDER       images to check every load with, named after their class (7.png, 7-b.png)
  --json                print the outcome as JSON`;

export function parseTrainArguments(args: string[]): TrainArguments {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [uri, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`One dataset at a time; what is "${more[0]}"?`);
  const base = values.request === undefined ? {} : readJson(values.request, '--request');
  const dataset = readingOf(values, uri);
  const request = defined({
    ...base,
    dataset: merge(base['dataset'], dataset),
    model: values.model,
    architecture: named(values.architecture, '--architecture'),
    epochs: numeric(values, 'epochs'),
    batchSize: numeric(values, 'batch-size'),
    optimizer: optimizerOf(values.optimizer, numeric(values, 'learning-rate')),
    schedule: withName(values.schedule, '--schedule'),
    seed: numeric(values, 'seed'),
    workers: numeric(values, 'workers'),
    evaluation: asDataset(values.evaluation),
    validationSplit: numeric(values, 'validation-split'),
    testSplit: numeric(values, 'test-split'),
    labelSmoothing: numeric(values, 'label-smoothing'),
    l2: numeric(values, 'l2'),
    gradientClip: numeric(values, 'gradient-clip'),
    classWeights: named(values['class-weights'], '--class-weights'),
    augmentation: named(values.augmentation, '--augmentation'),
    preprocessing: named(values.preprocessing, '--preprocessing'),
    earlyStopping: values.patience && { patience: numeric(values, 'patience') },
    maxBadRows: numeric(values, 'max-bad-rows'),
    publish: values.label && { label: values.label },
  });
  return { request: { ...base, ...request }, golden: values.golden, json: values.json === true };
}

function merge(base: unknown, more: Record<string, unknown>): unknown {
  if (Object.keys(more).length === 0) return base;
  return isRecord(base) ? { ...base, ...more } : more;
}

function withName(value: string | undefined, option: string): unknown {
  const given = named(value, option);
  return typeof given === 'string' ? { name: given } : given;
}

function optimizerOf(value: string | undefined, learningRate: number | undefined): unknown {
  const given = withName(value, '--optimizer');
  if (learningRate === undefined) return given;
  return { ...(isRecord(given) ? given : { name: 'adam' }), learningRate };
}

function asDataset(value: string | undefined): unknown {
  const given = named(value, '--evaluation');
  return typeof given === 'string' ? { uri: given } : given;
}
