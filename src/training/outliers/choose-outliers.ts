import { createHash } from 'node:crypto';
import { textOfShape } from '../../datasets/dataset.ts';
import { nameOfDataset } from '../../datasets/report.ts';
import type { DatasetSpec } from '../../datasets/spec.ts';
import { errors } from '../../errors.ts';
import type { Random } from '../../random.ts';
import type { Examples, Outliers } from '../examples/batches.ts';
import type { ReadContext } from '../examples/choose.ts';
import { drawOutliers } from './draw-outliers.ts';

/** What a net learns to find no class in: drawn here, or read from a dataset. */
export type OutlierSource = 'letters' | DatasetSpec;

export interface OutlierPlan {
  /** Undefined: none. */
  readonly source: OutlierSource | undefined;
  readonly maxBadRows: number;
}

/** Outliers, and where they are from. */
export interface ChosenOutliers extends Outliers {
  readonly digest: string;
  readonly note: string;
}

/** For ten examples a batch has three outliers. */
const SHARE = 0.3;
/** So many are drawn at least and at most; every epoch varies them. */
const LEAST_DRAWN = 2000;
const MOST_DRAWN = 6000;

/** Draws or reads the outliers of a run; undefined where it has none. */
export async function chooseOutliers(
  { source, maxBadRows }: OutlierPlan,
  learnt: Examples,
  { datasets, jobDir, signal }: ReadContext,
  random: Random,
): Promise<ChosenOutliers | undefined> {
  if (source === undefined) return undefined;
  const { shape } = learnt.dataset;
  if (source === 'letters') {
    checkDrawable(learnt);
    const wanted = Math.round(learnt.indices.length * SHARE);
    const count = Math.min(MOST_DRAWN, Math.max(LEAST_DRAWN, wanted));
    const pixels = drawOutliers(random, count);
    return {
      ...described(pixels, count),
      note: `${count} outliers were drawn: letters, words, signs, scribbles and shapes.`,
    };
  }
  const { dataset } = await datasets.open(
    { ...source, shape },
    {
      uploads: [],
      workDir: jobDir,
      maxBadRows,
      usesLabels: false,
      preprocessing: () => learnt.preprocessing,
      signal,
    },
  );
  const count = dataset.labels.length;
  const note = `${count} outliers were read from ${nameOfDataset(source)}: images that show none of the classes.`;
  return { ...described(dataset.pixels, count), note };
}

function described(pixels: Uint8Array, count: number) {
  const digest = createHash('sha256').update(pixels).digest('hex');
  return { pixels, count, share: SHARE, digest };
}

/** What is drawn is framed as digits are, and shows letters: to learn nothing from it takes a model of digits. */
function checkDrawable({ dataset: { shape, classes }, preprocessing }: Examples): void {
  const isFramed = preprocessing.canonicalise === 'handwriting' && textOfShape(shape) === '28x28x1';
  if (isFramed && classes.every((name) => /^[0-9]$/.test(name))) return;
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(
    'outliers',
    '"letters" are drawn for models of handwritten digits (28x28x1, preset handwriting, classes 0 to 9); name a dataset of images that show none of the classes',
  );
}
