import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from './command.ts';

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
  limit: text,
  offset: text,
  format: text,
  classes: text,
  'label-column': text,
  'labels-uri': text,
  shape: text,
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
  'max-bad-rows': text,
  label: text,
  request: text,
  golden: text,
  json: { type: 'boolean' },
} as const;

export const trainHelp = `glimpse train [dataset] [options]

Trains a model on this machine and publishes it as the next version in the repository
(GLIMPSE_REPOSITORY). Without anything: the founding example, on the first 1000 digits of MNIST.

  dataset               mnist:, sample:, a file (CSV, JSON, NDJSON, IDX; .gz too), a folder or archive
                        of images, or s3://bucket/key
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
  --limit N --offset N  which examples of the dataset
  --format F            csv, json, ndjson, idx, images, when the name does not tell
  --classes A,B,C       class names in answer order
  --label-column C      name or position of the label column; --label-column=-1 is the last
  --labels-uri FILE     the labels of an IDX file, or a list of images, that lies elsewhere
  --shape WxHxC         size of one example, e.g. 32x32x3; images are brought to it
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
  const dataset = defined({
    uri,
    limit: numeric(values, 'limit'),
    offset: numeric(values, 'offset'),
    format: values.format,
    classes: values.classes?.split(','),
    labelColumn: /^-?\d+$/.test(values['label-column'] ?? '')
      ? Number(values['label-column'])
      : values['label-column'],
    labelsUri: values['labels-uri'],
    shape: shapeOf(values.shape),
  });
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

/** The fields that were given. */
function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function merge(base: unknown, more: Record<string, unknown>): unknown {
  if (Object.keys(more).length === 0) return base;
  return isObject(base) ? { ...base, ...more } : more;
}

function numeric(values: Record<string, unknown>, name: string): number | undefined {
  const value = values[name];
  if (typeof value !== 'string') return undefined;
  const number = Number(value);
  if (value.trim() === '' || Number.isNaN(number)) {
    throw new UsageError(`--${name} takes a number, not "${value}".`);
  }
  return number;
}

/** A name as it stands, JSON, or the JSON in a file after "@". */
function named(value: string | undefined, option: string): unknown {
  if (value === undefined) return undefined;
  if (value.startsWith('@')) return readJson(value.slice(1), option);
  return /^\s*[{[]/.test(value) ? parseJson(value, option) : value;
}

function withName(value: string | undefined, option: string): unknown {
  const given = named(value, option);
  return typeof given === 'string' ? { name: given } : given;
}

/** "32x32x3" as its parts; the schema decides what is allowed. */
function shapeOf(value: string | undefined): unknown {
  if (value === undefined) return undefined;
  const [, width, height, channels = '1'] = /^(\d+)x(\d+)(?:x(\d+))?$/.exec(value) ?? [];
  if (width === undefined) throw new UsageError(`--shape takes 28x28 or 32x32x3, not "${value}".`);
  return { width: Number(width), height: Number(height), channels: Number(channels) };
}

function optimizerOf(value: string | undefined, learningRate: number | undefined): unknown {
  const given = withName(value, '--optimizer');
  if (learningRate === undefined) return given;
  return { ...(isObject(given) ? given : { name: 'adam' }), learningRate };
}

function asDataset(value: string | undefined): unknown {
  const given = named(value, '--evaluation');
  return typeof given === 'string' ? { uri: given } : given;
}

function readJson(file: string, option: string): Record<string, unknown> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be read.`, { cause: error });
  }
  const value = parseJson(content, option);
  if (!isObject(value)) throw new UsageError(`${option}: ${file} holds no JSON object.`);
  return value;
}

function parseJson(content: string, option: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : 'no JSON'}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
