import { strict as assert } from 'node:assert';
import { normalise, type Layout } from '../../image/prepare-pixels.ts';
import type { Random } from '../../random.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { createAugment } from './augment.ts';
import type { AugmentationAmounts } from './augmentation-spec.ts';
import { exampleAt, exampleSize, type Dataset } from '../../datasets/dataset.ts';

/** One batch as the training graph takes it. */
export interface Batch {
  readonly size: number;
  /** [size, C, H, W], normalised as served images are. */
  readonly examples: Float32Array<ArrayBuffer>;
  /** [size, classes], one-hot. */
  readonly targets: Float32Array<ArrayBuffer>;
}

/** Some examples of a dataset, and how they become what a net takes. */
export interface Examples {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  readonly preprocessing: Preprocessing;
  /** How the net takes them; channels first when left out. */
  readonly layout?: Layout | undefined;
}

/** The examples are those that are learnt from. */
export interface BatchOptions extends Omit<Examples, 'layout'> {
  readonly batchSize: number;
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
  make(epoch: number, number: number): Batch;
}

/** Shuffles, augments, normalises and encodes the examples as batches. */
export function createBatches(options: BatchOptions): Batches {
  const { dataset, indices, preprocessing, batchSize, random } = options;
  const { classes, labels, shape } = dataset;
  const size = exampleSize(shape);
  assert(
    indices.every((index) => index >= 0 && index < labels.length),
    'an example that the dataset does not have: this is our bug',
  );
  const augment = options.augmentation && createAugment(options.augmentation, shape);
  const varied = new Float32Array(size);
  const orderOf = rememberLast((epoch) => random.fork(`order ${epoch}`).shuffle(indices.slice()));
  return {
    perEpoch: Math.ceil(indices.length / batchSize),
    examples: indices.length,
    make(epoch, number) {
      const chosen = orderOf(epoch).subarray(number * batchSize, (number + 1) * batchSize);
      const examples = new Float32Array(chosen.length * size);
      const targets = new Float32Array(chosen.length * classes.length);
      const chance = augment && random.fork(`augment ${epoch} ${number}`);
      chosen.forEach((index, row) => {
        const pixels = exampleAt(dataset, index);
        if (augment && chance) augment(pixels, chance, varied);
        normalise(augment ? varied : pixels, preprocessing, 'NCHW', examples, row * size);
        targets[row * classes.length + labels[index]!] = 1;
      });
      return { size: chosen.length, examples, targets };
    },
  };
}

/** Normalised examples in order, in blocks small enough to be run at once. */
export function* blocksOf(
  { dataset, indices, preprocessing, layout = 'NCHW' }: Examples,
  blockSize: number,
): Generator<{ readonly indices: Int32Array; readonly examples: Float32Array }> {
  const size = exampleSize(dataset.shape);
  for (let start = 0; start < indices.length; start += blockSize) {
    const block = indices.subarray(start, start + blockSize);
    const examples = new Float32Array(block.length * size);
    block.forEach((index, row) => {
      normalise(exampleAt(dataset, index), preprocessing, layout, examples, row * size);
    });
    yield { indices: block, examples };
  }
}

function rememberLast(make: (epoch: number) => Int32Array): (epoch: number) => Int32Array {
  let last: { epoch: number; order: Int32Array } | undefined;
  return (epoch) => {
    if (last?.epoch !== epoch) last = { epoch, order: make(epoch) };
    return last.order;
  };
}
