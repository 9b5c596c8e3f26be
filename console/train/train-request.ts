import { trainingOf, type Job } from '../api/job-shapes.ts';

/** What the form asks for; everything that it leaves out is the server's default. */
export interface Wanted {
  readonly model: string;
  readonly source: string;
  readonly files: readonly File[];
  readonly limit: string;
  readonly architecture: string;
  readonly epochs: string;
  readonly learningRate: string;
  readonly augmentation: string;
  readonly seed: string;
}

export const presets = [
  ['auto', 'By the data', 'Chosen by how large the images are, how many, and what they show.'],
  ['dense', 'Dense', 'One hidden layer. The founding example; trains in seconds.'],
  ['cnn-tiny', 'Small convolutional net', 'Sees shapes wherever they are; some times as slow.'],
  ['cnn', 'Convolutional net', 'The usual choice for real use.'],
  ['cnn-wide', 'Wide convolutional net', 'More of the same.'],
  ['cnn-large', 'Large convolutional net', 'The most accurate, and the slowest.'],
  ['transfer', 'On top of a backbone', 'For photographs: fifty will do, in seconds.'],
  ['lstm', 'Recurrent net (LSTM)', 'Reads a picture line by line.'],
] as const;

/** The choice that stands for files which are sent along. */
export const uploadSource = 'upload';

/** What stands in a field for a value of a request; nothing where it is none that a field could hold. */
function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function wantedOf(before: Job | undefined, uri: string | null): Wanted {
  const asked = before && trainingOf(before);
  // With auto the rest of the recipe follows from the data anew.
  const recipe = asked?.architecture === 'auto' ? asked.asked : asked;
  const field = (value: unknown, name: string): string =>
    typeof value === 'object' && value !== null ? text(Reflect.get(value, name)) : '';
  return {
    model: text(asked?.model),
    source: uri ?? text(asked?.dataset.uri),
    files: [],
    limit: text(asked?.dataset.limit),
    architecture: text(asked?.architecture) || 'dense',
    epochs: text(recipe?.epochs),
    learningRate: field(recipe?.optimizer, 'learningRate'),
    augmentation: text(recipe?.augmentation),
    seed: text(asked?.seed),
  };
}

/** The dataset of a request; undefined: the server's own digits. */
export function datasetOf({ source, limit }: Wanted): object | undefined {
  const most = limit === '' ? {} : { limit: Number(limit) };
  if (source === '') return limit === '' ? undefined : most;
  return source === uploadSource ? most : { uri: source, ...most };
}

export function requestOf(wanted: Wanted): object {
  const { model, architecture, epochs, learningRate, augmentation, seed } = wanted;
  const dataset = datasetOf(wanted);
  return {
    architecture,
    ...(model && { model }),
    ...(dataset && { dataset }),
    ...(epochs && { epochs: Number(epochs) }),
    ...(learningRate && { optimizer: { name: 'adam', learningRate: Number(learningRate) } }),
    ...(augmentation && { augmentation }),
    ...(seed && { seed: Number(seed) }),
  };
}

/** The body of a call for a job: JSON, or a form where files go along. */
export function bodyOf(
  request: object,
  { source, files }: Wanted,
): { json?: object; body?: FormData } {
  if (source !== uploadSource) return { json: request };
  const form = new FormData();
  form.set('request', JSON.stringify(request));
  for (const file of files) form.append('dataset', file, file.name);
  return { body: form };
}

/**
 * How long a run may take, by the last one here with the same architecture: seconds of an epoch for each example. Undefined
 * where nothing was measured; nothing is guessed then.
 */
export function expectedSeconds(wanted: Wanted, jobs: readonly Job[]): number | undefined {
  const alike = jobs.find(
    (job) =>
      trainingOf(job)?.architecture === wanted.architecture &&
      job.history.length > 0 &&
      job.dataset !== undefined,
  );
  if (!alike?.dataset) return undefined;
  const { history, dataset } = alike;
  const learntFrom = dataset.parts['training'] ?? dataset.examples;
  const perEpoch = history.reduce((sum, { seconds }) => sum + seconds, 0) / history.length;
  const examples = wanted.limit === '' ? learntFrom : Number(wanted.limit);
  const epochs = wanted.epochs === '' ? 50 : Number(wanted.epochs);
  return (perEpoch / Math.max(1, learntFrom)) * examples * epochs;
}
