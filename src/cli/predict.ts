import { readConfig, type Config } from '../config.ts';
import {
  defineCommand,
  print,
  printAside,
  UsageError,
  type Option,
  type ValuesOf,
} from './command.ts';
import { range } from './option-groups/dataset-options.ts';
import { explainAsked, explainOptions } from './option-groups/explain-options.ts';
import { count, defined, flag, many, text } from './options.ts';
import { openClassifier, type VersionChoice, type Classifier } from './predict/classifier.ts';
import { remoteClassifier } from './predict/remote-classifier.ts';
import { predictedInWords, predictToPlace } from './predict/predict-to-place.ts';
import { findImages } from './predict/find-images.ts';
import { writePictures } from './predict/pictures.ts';
import { inWords, type NamedPrediction, type Outcome } from './predict/in-words.ts';
import { readInBatches, type BatchLimits, type ReadFile } from './predict/read-images.ts';

const options = {
  model: text('name', 'the model; unless given, GLIMPSE_DEFAULT_MODEL'),
  version: count('number', 'this version; unless given, the label production, else the newest'),
  label: text('name', 'the version this label points at'),
  top: count('number', 'how many classes per image; unless given, 3'),
  read: text(
    'way',
    'line: every digit of each image, in reading order; one: one digit; unless given, as the contract of the version says',
  ),
  ...explainOptions,
  recursive: flag('take the images of folders inside a folder, too'),
  url: address('ask this server, e.g. http://localhost:8080, instead of this process'),
  out: text(
    'place',
    'write the predictions of every row there, in parts: a folder, or s3://bucket/prefix; the images are then one dataset: a folder, an archive, a table, s3://bucket/prefix',
  ),
  outFormat: text('F', 'of the parts: json-lines (unless given), arrow-ipc or apache-parquet'),
  rowsPerPart: count('N', 'rows of a part; unless given, 1000'),
  path: text('P', 'with --out: the file or folder inside of the archive or folder'),
  labelColumn: text('C', 'with --out: name of a column of a table that is no pixel'),
  imageColumn: text('C', 'with --out: name of the column or array of images, where it is one'),
  range: range('MAX|MIN,MAX', 'with --out: what white is, or black and white, in a table'),
  json: flag('the answer as POST /predict gives it, with the path of each image'),
};

export const command = defineCommand({
  name: 'predict',
  description:
    'Classifies images with a model of the repository (GLIMPSE_REPOSITORY), in this process, or with --url by asking a running server; where that wants a key, it is read from GLIMPSE_API_KEY. With --out every row of a dataset is classified, in parts that are written to a place; the same command goes on there when it was interrupted. A file that is not usable is named beside the others; then it exits with 1.',
  arguments: {
    images: many('image files, folders of them, and patterns such as "samples/**/*.png"'),
  },
  options,
  run: predict,
});

async function predict({
  images,
  top: topK = 3,
  recursive,
  url,
  json,
  explain: asked,
  pictures,
  ...given
}: ValuesOf<typeof options> & { readonly images: readonly string[] }): Promise<number> {
  if (given.out !== undefined && given.read !== undefined) {
    throw new UsageError('--read and --out exclude each other.');
  }
  const explain = explainAsked({ explain: asked, pictures, json, out: given.out });
  if (given.out !== undefined) return predictAll(images, { ...given, topK, url, recursive, json });
  const only = batchOnly.find((name) => given[name] !== undefined);
  if (only !== undefined) throw new UsageError(`--${dashed(only)} goes with --out only.`);
  const choice = {
    model: given.model,
    selector: selectorOf(given),
    topK,
    read: wayOf(given.read),
    explain,
  };
  const config = readConfig();
  const { files, notes } = await findImages(images, recursive);
  for (const note of notes) printAside(note);
  const classifier =
    url === undefined
      ? await openClassifier(config)
      : remoteClassifier(url, config.GLIMPSE_API_KEY);
  let outcome: Outcome = { predictions: [] };
  try {
    for await (const batch of readInBatches(files, limitsOf(config, url))) {
      outcome = await classify(batch, classifier, choice, outcome);
    }
  } finally {
    await classifier.close();
    // The predictions so far are printed, also when the server went away in the middle.
    if (outcome.predictions.length > 0) {
      if (pictures !== undefined) await noteOfPictures(pictures, outcome.predictions);
      print(json ? JSON.stringify(outcome, null, 2) : inWords(outcome));
    }
  }
  return outcome.predictions.some((one) => 'error' in one) ? 1 : 0;
}

async function noteOfPictures(
  folder: string,
  predictions: readonly NamedPrediction[],
): Promise<void> {
  printAside(`${await writePictures(folder, predictions)} pictures are in ${folder}`);
}

function wayOf(read: string | undefined): VersionChoice['read'] {
  if (read === undefined || read === 'line' || read === 'one') return read;
  throw new UsageError(`--read takes line or one, not "${read}".`);
}

/** What only a batch prediction takes. */
const batchOnly = [
  'outFormat',
  'rowsPerPart',
  'path',
  'labelColumn',
  'imageColumn',
  'range',
] as const;

const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

type BatchOptions = Omit<ValuesOf<typeof options>, 'top' | keyof typeof explainOptions> & {
  readonly topK: number;
};

/** With --out: one dataset, whose predictions are written and not printed. */
async function predictAll(sources: readonly string[], given: BatchOptions): Promise<number> {
  const [uri, ...more] = sources;
  if (more.length > 0) throw new UsageError('With --out name one place that holds all images.');
  if (given.url !== undefined) {
    throw new UsageError('--out and --url exclude each other: POST /predict-jobs is for servers.');
  }
  const {
    path,
    labelColumn,
    imageColumn,
    range,
    outFormat: format,
    rowsPerPart,
    out,
    topK,
  } = given;
  const dataset = defined({ uri, path, labelColumn, imageColumn, range });
  const choice = { model: given.model, ...selectorOf(given) };
  const request = defined({ ...choice, dataset, out, format, topK, rowsPerPart });
  const outcome = await predictToPlace(request, readConfig());
  print(given.json ? JSON.stringify(outcome, null, 2) : predictedInWords(outcome));
  return 0;
}

function selectorOf({
  version,
  label,
}: Pick<ValuesOf<typeof options>, 'version' | 'label'>): VersionChoice['selector'] {
  if (version !== undefined && label !== undefined) {
    throw new UsageError('Name a version or a label, not both.');
  }
  if (version !== undefined) return { version };
  return label === undefined ? undefined : { label };
}

/** In this process as many as the model takes at once; of a server it is only known what it takes by default. */
function limitsOf(config: Config, url: string | undefined): BatchLimits {
  const { GLIMPSE_MAX_BATCH_SIZE, GLIMPSE_MAX_QUEUE_SIZE, GLIMPSE_DECODE_QUEUE_SIZE } = config;
  const ours = Math.min(GLIMPSE_MAX_BATCH_SIZE, GLIMPSE_MAX_QUEUE_SIZE, GLIMPSE_DECODE_QUEUE_SIZE);
  return {
    maxFiles: url === undefined ? ours : 32,
    maxBytes: 24 * 1024 * 1024,
    maxImageBytes: config.GLIMPSE_MAX_IMAGE_BYTES,
  };
}

/** Adds the predictions of a batch. All images are classified by the version that classified the first. */
async function classify(
  batch: readonly ReadFile[],
  classifier: Classifier,
  { model, selector, topK, read, explain }: VersionChoice,
  { predictions, ...before }: Outcome,
): Promise<Outcome> {
  const readable = batch.flatMap((file) => ('bytes' in file ? [file] : []));
  const pinned = before.version === undefined ? selector : { version: before.version };
  const choice = { model: before.model ?? model, selector: pinned, topK, read, explain };
  const { predictions: received, ...served } =
    readable.length === 0 ? { predictions: [] } : await classifier.classify(readable, choice);
  const results = received.values();
  const named = batch.map((file): NamedPrediction => {
    if ('bytes' in file) return { image: file.path, ...results.next().value! };
    const { code, message } = file.error;
    return { image: file.path, error: { code, message } };
  });
  return { ...served, ...before, predictions: [...predictions, ...named] };
}

/** Where a server is. */
function address(description: string): Option<string | undefined> {
  return {
    value: 'address',
    description,
    read(given) {
      if (/^https?:/i.test(given) && URL.canParse(given)) return given;
      throw new UsageError(`takes an address such as http://localhost:8080, not "${given}".`);
    },
  };
}
