import { describe, expect, it, onTestFinished } from 'vitest';
import { createRandom } from '../../src/random.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { resolveAugmentation } from '../../src/training/examples/augmentation-spec.ts';
import {
  createInlineSource,
  createPrefetchedSource,
} from '../../src/training/examples/batch-source.ts';
import { createBatches, type BatchOptions } from '../../src/training/examples/batches.ts';
import { withDigest } from '../../src/datasets/dataset.ts';

const shape = { width: 4, height: 4, channels: 1 } as const;
const preprocessing: Preprocessing = { ...mnistPreprocessing, width: 4, height: 4 };
const pixels = new Uint8Array(new SharedArrayBuffer(10 * 16)).map((_, at) => (at * 7) % 256);
const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
shared.set(pixels);
const dataset = withDigest({
  pixels: shared,
  labels: Int32Array.from({ length: 10 }, (_, index) => index % 3),
  shape,
  classes: ['a', 'b', 'c'],
});

function options(changes: Partial<BatchOptions> = {}): BatchOptions {
  return {
    dataset,
    indices: Int32Array.of(0, 2, 3, 5, 7, 8, 9),
    preprocessing,
    batchSize: 3,
    random: createRandom(1),
    ...changes,
  };
}
const augmented = () => options({ augmentation: resolveAugmentation('handwriting', shape)! });

describe('batches', () => {
  it('hold every chosen example once an epoch, the last batch the remainder', () => {
    const batches = createBatches(options());
    expect(batches).toMatchObject({ perEpoch: 3, examples: 7 });
    const made = [0, 1, 2].map((number) => batches.make(0, number));
    expect(made.map(({ size }) => size)).toEqual([3, 3, 1]);
    const firsts = made.flatMap(({ size, examples }) =>
      Array.from({ length: size }, (_, row) => Math.round(examples[row * 16 + 1]! * 255)),
    );
    const expected = [0, 2, 3, 5, 7, 8, 9].map((index) => pixels[index * 16 + 1]);
    expect(firsts.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a! - b!));
  });

  it('are normalised as served images are, with one-hot targets', () => {
    const { examples, targets } = createBatches(options({ indices: Int32Array.of(4) })).make(0, 0);
    expect(Array.from(examples, (value) => Math.round(value * 255))).toEqual([
      ...pixels.subarray(64, 80),
    ]);
    expect([...targets]).toEqual([0, 1, 0]);
  });

  it('come in another order every epoch, and may be made in any order', () => {
    const [one, other] = [createBatches(augmented()), createBatches(augmented())];
    const forwards = [one.make(0, 0), one.make(0, 1), one.make(1, 0)];
    const backwards = [other.make(1, 0), other.make(0, 1), other.make(0, 0)].toReversed();
    expect(forwards).toEqual(backwards);
    expect(forwards[0]!.examples).not.toEqual(forwards[2]!.examples);
  });
});

const isOutlier = (row: Float32Array) => row.every((value) => value === Math.fround(1 / 3));

describe('batches with outliers', () => {
  const strangers = new Uint8Array(new SharedArrayBuffer(4 * 16)).fill(200);
  const outliers = { pixels: strangers, count: 4, share: 0.5 };

  it('have so many for each example, with every class alike as their target', () => {
    const batches = createBatches(options({ outliers, batchSize: 4 }));
    expect(batches).toMatchObject({ perEpoch: 2, examples: 7, usualSize: 6, rows: 7 + 2 + 2 });
    const made = [0, 1].map((number) => batches.make(0, number));
    expect(made.map(({ size }) => size)).toEqual([6, 5]);
    for (const { size, examples, targets } of made) {
      const rows = Array.from({ length: size }, (_, row) => row);
      const apart = rows.filter((row) => isOutlier(targets.subarray(row * 3, row * 3 + 3)));
      expect(apart).toHaveLength(2);
      for (const row of rows) {
        const pixel = Math.round(examples[row * 16]! * 255);
        expect(pixel === 200).toBe(apart.includes(row));
      }
    }
  });

  it('hold the same examples in the same order as without', () => {
    const without = createBatches(options()).make(1, 0);
    const { size, examples, targets } = createBatches(options({ outliers })).make(1, 0);
    const kept = Array.from({ length: size }, (_, row) => row).filter(
      (row) => !isOutlier(targets.subarray(row * 3, row * 3 + 3)),
    );
    expect(kept.flatMap((row) => [...examples.subarray(row * 16, row * 16 + 16)])).toEqual([
      ...without.examples,
    ]);
  });
});

describe('a source of batches', () => {
  it('gives the same batches from a thread of its own as on this one', async () => {
    const inline = createInlineSource(augmented());
    const ahead = createPrefetchedSource(augmented(), 3);
    onTestFinished(() => ahead.close());
    expect(ahead).toMatchObject({ perEpoch: 3, examples: 7 });
    for (const [epoch, number] of [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [2, 2],
      [0, 1],
    ] as const) {
      expect(await ahead.make(epoch, number)).toEqual(await inline.make(epoch, number));
    }
  });

  it('knows no example that the dataset does not have', () => {
    expect(() => createPrefetchedSource(options({ indices: Int32Array.of(99) }), 1)).toThrow(
      'our bug',
    );
  });

  it('fails, and does not wait for ever, after its thread has ended', async () => {
    const source = createPrefetchedSource(augmented(), 50);
    await source.make(0, 0);
    await source.close();
    await expect(source.make(30, 0)).rejects.toMatchObject({ code: 'GLIMPSE_INTERNAL' });
  });
});
