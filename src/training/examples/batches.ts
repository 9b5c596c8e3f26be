import { strict as assert } from 'node:assert';
import { normalise, type Layout } from '../../image/prepare-pixels.ts';
import type { Random } from '../../random.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { createAugment } from './augment.ts';
import type { AugmentationAmounts } from './augmentation-spec.ts';
import { exampleAt, exampleSize, type Dataset } from '../../datasets/dataset.ts';

/** One batch as the training graph takes it. */
export interface Batch {
  /** Its rows: examples, and outliers among them. */
  readonly size: number;
  /** [size, C, H, W], normalised as served images are. */
  readonly examples: Float32Array<ArrayBuffer>;
  /** [size, classes]: one-hot, and every class alike for an outlier. */
  readonly targets: Float32Array<ArrayBuffer>;
}

/** Some examples of a dataset, and how they become what a net takes. */
export interface Examples {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  readonly preprocessing: Preprocessing;
  /** How the net takes them; channels first when left out. */
  readonly layout?: Layout | undefined;
  /** What a backbone finds in them: then a net takes that instead of their pixels. */
  readonly features?: Features | undefined;
}

/** A list of numbers for every example of a dataset, in its order; of an example that nobody takes they are zeros. */
export interface Features {
  readonly size: number;
  readonly values: Float32Array;
}

/** The shape of one example as a net takes it. */
export function inputShapeOf({ dataset: { shape }, features }: Examples): number[] {
  return features ? [features.size] : [shape.channels, shape.height, shape.width];
}

/** The examples are those that are learnt from. */
export interface BatchOptions extends Omit<Examples, 'layout'> {
  /** How many examples a batch has; outliers come on top. */
  readonly batchSize: number;
  readonly outliers?: Outliers | undefined;
  readonly augmentation?: AugmentationAmounts | undefined;
  readonly random: Random;
}

/**
 * The batches of every epoch: a pure function of seed, epoch and number. Chance comes from forks named
 * after them, so any batch can be made at any time, and a resumed run needs no generator state.
 */
export interface Batches {
  readonly perEpoch: number;
  readonly examples: number;
  /** The rows of a full batch, and of all batches of an epoch. */
  readonly usualSize: number;
  readonly rows: number;
  make(epoch: number, number: number): Batch;
}

/**
 * Images that show none of the classes, shaped like the examples. A net learns to find every class equally likely
 * for them (outlier exposure: D. Hendrycks, M. Mazeika and T. Dietterich, 2019).
 */
export interface Outliers {
  readonly pixels: Uint8Array;
  readonly count: number;
  /** How many there are in a batch for each of its examples. */
  readonly share: number;
}

/** Shuffles, augments, normalises and encodes the examples as batches. */
export function createBatches(options: BatchOptions): Batches {
  const { dataset, indices, preprocessing, features, batchSize, outliers, random } = options;
  const { classes, labels, shape } = dataset;
  const size = features?.size ?? exampleSize(shape);
  checkOptions(options, size);
  const augment = options.augmentation && createAugment(options.augmentation, shape);
  const varied = new Float32Array(size);
  const orderOf = rememberLast((epoch) => random.fork(`order ${epoch}`).shuffle(indices.slice()));
  const outlierOrderOf = rememberLast((epoch) =>
    random.fork(`outliers ${epoch}`).shuffle(Int32Array.from({ length: outliers!.count }, place)),
  );
  const besides = (examples: number): number => Math.round(examples * (outliers?.share ?? 0));
  const perEpoch = Math.ceil(indices.length / batchSize);
  const last = indices.length - (perEpoch - 1) * batchSize;
  const [usual, perBatch] = [Math.min(batchSize, indices.length), besides(batchSize)];
  return {
    perEpoch,
    examples: indices.length,
    usualSize: usual + besides(usual),
    rows: indices.length + (perEpoch - 1) * perBatch + besides(last),
    make(epoch, number) {
      const chosen = orderOf(epoch).subarray(number * batchSize, (number + 1) * batchSize);
      const strangers = besides(chosen.length);
      const rows = chosen.length + strangers;
      const examples = new Float32Array(rows * size);
      const targets = new Float32Array(rows * classes.length);
      const chance = augment && random.fork(`augment ${epoch} ${number}`);
      const write = (pixels: Uint8Array, row: number): void => {
        if (augment && chance) augment(pixels, chance, varied);
        normalise(augment ? varied : pixels, preprocessing, 'NCHW', examples, row * size);
      };
      let taken = 0;
      for (let row = 0; row < rows; row += 1) {
        const start = row * classes.length;
        // Outliers stand among the examples, so that every share of a batch has some.
        if (Math.floor(((row + 1) * strangers) / rows) > taken) {
          const order = outlierOrderOf(epoch);
          const index = order[(number * perBatch + taken) % order.length]!;
          write(outliers!.pixels.subarray(index * size, (index + 1) * size), row);
          targets.fill(1 / classes.length, start, start + classes.length);
          taken += 1;
        } else {
          const index = chosen[row - taken]!;
          if (features) examples.set(featuresAt(features, index), row * size);
          else write(exampleAt(dataset, index), row);
          targets[start + labels[index]!] = 1;
        }
      }
      return { size: rows, examples, targets };
    },
  };
}

function checkOptions(
  { dataset, indices, features, outliers, augmentation }: BatchOptions,
  size: number,
): void {
  assert(
    !features || (!outliers && !augmentation),
    'features of what is not there: this is our bug',
  );
  assert(
    indices.every((index) => index >= 0 && index < dataset.labels.length),
    'an example that the dataset does not have: this is our bug',
  );
  assert(
    !outliers || outliers.pixels.length === outliers.count * size,
    'outliers of another shape: this is our bug',
  );
}

const place = (_: unknown, index: number): number => index;

/** Most examples in one run: enough to keep the processor busy, little enough to stay in its cache. */
export const BLOCK_SIZE = 256;
/** Most numbers in one: what a net makes of a large image on its way is some ten times as much. */
const BLOCK_NUMBERS = 2 ** 21;

/** How many of these examples are run at once. */
export function blockSizeFor(examples: Examples): number {
  return blockSizeOf(inputShapeOf(examples));
}

/** The same of examples of this shape. */
export function blockSizeOf(inputShape: readonly number[]): number {
  const size = inputShape.reduce((product, length) => product * length, 1);
  return Math.max(1, Math.min(BLOCK_SIZE, Math.floor(BLOCK_NUMBERS / size)));
}

/** Normalised examples in order, in blocks small enough to be run at once. */
export function* blocksOf(
  { dataset, indices, preprocessing, layout = 'NCHW', features }: Examples,
  blockSize: number,
): Generator<{ readonly indices: Int32Array; readonly examples: Float32Array }> {
  const size = features?.size ?? exampleSize(dataset.shape);
  for (let start = 0; start < indices.length; start += blockSize) {
    const block = indices.subarray(start, start + blockSize);
    const examples = new Float32Array(block.length * size);
    block.forEach((index, row) => {
      if (features) examples.set(featuresAt(features, index), row * size);
      else normalise(exampleAt(dataset, index), preprocessing, layout, examples, row * size);
    });
    yield { indices: block, examples };
  }
}

function featuresAt({ size, values }: Features, index: number): Float32Array {
  return values.subarray(index * size, (index + 1) * size);
}

function rememberLast(make: (epoch: number) => Int32Array): (epoch: number) => Int32Array {
  let last: { epoch: number; order: Int32Array } | undefined;
  return (epoch) => {
    if (last?.epoch !== epoch) last = { epoch, order: make(epoch) };
    return last.order;
  };
}
