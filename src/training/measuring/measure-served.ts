import { argmax } from '../../tensor.ts';
import { encodeJpeg } from '../../image/encode-jpeg.ts';
import { encodePng } from '../../image/encode-png.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import type { Metrics } from '../../repository/manifest.ts';
import type { Examples } from '../examples/batches.ts';
import { asSent, type AsSent, type Misreading } from './as-sent.ts';
import { chooseSent, type SendableExamples, type SentExample } from './choose-sent.ts';
import { collectLogits, type Infer } from './evaluate.ts';
import type { ServedComparison } from './served-gap.ts';
import type { ServedAnswer, ServingPath } from './serving-path.ts';

/** What came of sending examples as images. */
export interface ServedFigures {
  readonly comparison: ServedComparison;
  /** What they were taken for, where they look like something else. */
  readonly misreading: Misreading | undefined;
  /** The code that the first image was refused with. */
  readonly refusal: string | undefined;
  /** By how much the accuracy changes when examples are sent as images. */
  readonly difference: number;
  /** Of the ink of images: of those that were sent as their own files, where there are such, else of all. */
  readonly contrasts: readonly number[];
}

/** Images encoded at once. */
const BLOCK = 32;

/**
 * Sends examples as images through the serving path, and compares each answer with that to the same example as it
 * was read.
 */
export async function measureServed(
  infer: Infer,
  openPath: () => ServingPath,
  sendable: SendableExamples,
  signal: AbortSignal,
): Promise<ServedFigures> {
  const sent = chooseSent(sendable);
  const views = new Map<Dataset, AsSent>();
  const viewOf = (dataset: Dataset): AsSent => {
    const view = views.get(dataset) ?? asSent(dataset, isOfImages(sendable, dataset));
    views.set(dataset, view);
    return view;
  };
  const bytesOf = async ({ examples: { dataset }, index, form }: SentExample) => {
    if (form === 'file') return sendable.encoded.get(dataset)!.get(index)!;
    const pixels = viewOf(dataset).pixelsOf(index);
    return await (form === 'png' ? encodePng : encodeJpeg)(pixels, dataset.shape);
  };
  const isRight = await answersOf(infer, sent, signal);
  const answers: ServedAnswer[] = [];
  const path = openPath();
  try {
    for (let from = 0; from < sent.length; from += BLOCK) {
      const block = sent.slice(from, from + BLOCK);
      const images = await Promise.all(block.map(bytesOf));
      answers.push(...(await path.answersTo(images, signal)));
    }
  } finally {
    await path.close();
  }
  const pairs = sent.map((one, at) => ({
    ...one,
    isRight: isRight[at]!,
    isServed: isAnswered(answers[at]!, one),
  }));
  const misreadings = [...views.values()].map(({ misreading }) => misreading);
  return {
    comparison: compare(pairs),
    refusal: answers.flatMap((answer) => ('refusal' in answer ? answer.refusal : []))[0],
    misreading: misreadings.find((one) => one !== undefined),
    difference: differenceOf(pairs, sendable.measured),
    contrasts: contrastsOf(sent, answers),
  };
}

/** The figures for the manifest, beside an accuracy that was measured without images. */
export function servedMetrics(
  accuracy: number,
  { comparison, difference }: ServedFigures,
): Pick<Metrics, 'servedAccuracy' | 'served'> {
  const { images, right, served } = comparison;
  return {
    servedAccuracy: Math.min(1, Math.max(0, accuracy + difference)),
    served: { images, right, served },
  };
}

interface Pair extends SentExample {
  /** As it was read. */
  readonly isRight: boolean;
  /** As an image. */
  readonly isServed: boolean;
}

function contrastsOf(sent: readonly SentExample[], answers: readonly ServedAnswer[]): number[] {
  const hasFiles = sent.some(({ form }) => form === 'file');
  return answers.flatMap((answer, at) => {
    const isOwn = !hasFiles || sent[at]!.form === 'file';
    return isOwn && 'contrast' in answer && answer.contrast !== undefined ? answer.contrast : [];
  });
}

function isOfImages({ encoded }: SendableExamples, dataset: Dataset): boolean {
  return (encoded.get(dataset)?.size ?? 0) > 0;
}

/** Whether an image is answered with the class of the example it shows. */
function isAnswered(answer: ServedAnswer, { examples: { dataset }, index }: SentExample): boolean {
  return 'label' in answer && answer.label === dataset.classes[dataset.labels[index]!];
}

/** Whether the net gets each right as it was read. */
async function answersOf(
  infer: Infer,
  sent: readonly SentExample[],
  signal: AbortSignal,
): Promise<boolean[]> {
  const isRight: boolean[] = [];
  for (const examples of new Set(sent.map((one) => one.examples))) {
    const places = sent.flatMap((one, place) => (one.examples === examples ? [place] : []));
    const indices = Int32Array.from(places, (place) => sent[place]!.index);
    const { logits, labels, classes } = await collectLogits(
      infer,
      { ...examples, indices },
      signal,
    );
    places.forEach((place, row) => {
      isRight[place] = argmax(logits, row * classes, classes) === labels[row];
    });
  }
  return isRight;
}

function compare(pairs: readonly Pair[]): ServedComparison {
  const count = (some: readonly Pair[]) => ({
    images: some.length,
    right: some.filter(({ isRight }) => isRight).length,
    served: some.filter(({ isServed }) => isServed).length,
  });
  const forms = [...new Set(pairs.map(({ form }) => form))].map(
    (form) => [form, count(pairs.filter((pair) => pair.form === form))] as const,
  );
  return {
    ...count(pairs),
    lost: pairs.filter(({ isRight, isServed }) => isRight && !isServed).length,
    gained: pairs.filter(({ isRight, isServed }) => !isRight && isServed).length,
    forms: Object.fromEntries(forms),
  };
}

/**
 * The difference of the two accuracies, estimated by class and weighted by the share of the class (the difference
 * estimator on strata: W. G. Cochran, "Sampling techniques", 1977, chapters 5 and 7). Where every example is sent
 * it is the difference itself; where nothing changes it is 0, whichever examples were sent.
 */
function differenceOf(pairs: readonly Pair[], { dataset, indices }: Examples): number {
  const own = pairs.filter(({ isMeasured }) => isMeasured);
  const strata = new Map<number, { sent: number; change: number }>();
  for (const { index, isRight, isServed } of own) {
    const label = dataset.labels[index]!;
    const stratum = strata.get(label) ?? { sent: 0, change: 0 };
    stratum.sent += 1;
    stratum.change += Number(isServed) - Number(isRight);
    strata.set(label, stratum);
  }
  let sum = 0;
  for (const index of indices) {
    const stratum = strata.get(dataset.labels[index]!);
    if (stratum) sum += stratum.change / stratum.sent;
  }
  return sum / Math.max(1, indices.length);
}
