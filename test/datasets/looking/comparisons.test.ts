import { describe, expect, it } from 'vitest';
import { lookAlikeNames, lookAlikeNote } from '../../../src/datasets/class-names.ts';
import { withDigest, type Dataset } from '../../../src/datasets/dataset.ts';
import { lookAtClasses } from '../../../src/datasets/looking/class-images.ts';
import { findSameImages } from '../../../src/datasets/looking/near-duplicates.ts';
import {
  createHashes,
  distanceOf,
  writeHashes,
} from '../../../src/datasets/looking/perceptual-hash.ts';
import { createRandom, type Random } from '../../../src/random.ts';

const SIDE = 24;

/** A few soft spots on grey. */
function spots(random: Random): number[] {
  const centres = Array.from({ length: 4 }, () => [
    random.next() * SIDE,
    random.next() * SIDE,
    random.symmetric(90),
  ]);
  return Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
    return centres.reduce(
      (sum, [cx = 0, cy = 0, level = 0]) =>
        sum + level * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 30),
      120,
    );
  });
}

function datasetOf(
  images: readonly (readonly number[])[],
  labels: readonly number[] = [],
  channels: 1 | 3 = 1,
): Dataset {
  const classes = ['a', 'b', 'c'];
  return withDigest({
    pixels: Uint8Array.from(
      images.flatMap((image) => image.map((one) => Math.min(255, Math.max(0, Math.round(one))))),
    ),
    labels: Int32Array.from(images, (_, index) => labels[index] ?? 0),
    shape: { width: SIDE, height: SIDE, channels },
    classes,
  });
}

const noisy = (image: readonly number[], random: Random, most: number): number[] =>
  image.map((one) => one + random.symmetric(most));
const flat = (level: number): number[] => Array.from({ length: SIDE * SIDE }, () => level);

describe('images that are nearly the same', () => {
  it('are found among others: brighter, paler, noisy and exact copies, of another dataset too', async () => {
    const random = createRandom(3);
    const originals = Array.from({ length: 60 }, () => spots(random));
    const [one = [], two = [], three = [], four = []] = originals;
    const copies = [
      one.map((level) => level + 12),
      two.map((level) => 120 + (level - 120) * 0.8),
      noisy(three, random, 3),
    ];
    const groups = await findSameImages(
      [datasetOf([...originals, ...copies]), datasetOf([four])],
      undefined,
    );
    expect(groups).toEqual([
      [0, 60],
      [1, 61],
      [2, 62],
      [3, 63],
    ]);
  });

  it('are one group however many copies there are, and images without content are none', async () => {
    const random = createRandom(4);
    const [one, other] = [spots(random), spots(random)];
    const copies = Array.from({ length: 200 }, () => noisy(one, random, 2));
    const blank = Array.from({ length: 50 }, () => flat(200));
    const groups = await findSameImages([datasetOf([other, ...copies, ...blank])], undefined);
    expect(groups).toEqual([Array.from({ length: 200 }, (_, index) => index + 1)]);
  });

  it('are found in colour, but not when their colours are others', async () => {
    const random = createRandom(6);
    const planes = [spots(random), spots(random), spots(random)];
    const inColour = (order: readonly number[]): number[] =>
      Array.from(planes[0]!, (_, at) => order.map((plane) => planes[plane]![at]!)).flat();
    const one = inColour([0, 1, 2]);
    const images = [one, inColour([2, 0, 1]), noisy(one, random, 3), inColour([1, 2, 0])];
    expect(await findSameImages([datasetOf(images, [], 3)], undefined)).toEqual([[0, 2]]);
  });

  it('stop being looked for when the signal says so', async () => {
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(findSameImages([datasetOf([flat(1)])], stopped)).rejects.toThrow('enough');
  });
});

describe('the hash of an image', () => {
  it('has a bit for each value that is darker than its right neighbour', () => {
    const hashes = createHashes(3);
    const right = Array.from({ length: SIDE * SIDE }, (_, at) => (at % SIDE) * 10);
    const images = [right, right.map((level) => 230 - level), flat(9)];
    writeHashes(hashes, datasetOf(images), { first: 0, from: 0, to: 3 });
    expect([...hashes.high, ...hashes.low]).toEqual([0xffffffff, 0, 0, 0xffffffff, 0, 0]);
    expect([...hashes.isEmpty]).toEqual([0, 0, 1]);
    expect([distanceOf(hashes, 0, 1), distanceOf(hashes, 1, 2)]).toEqual([64, 0]);
  });
});

describe('the hash of an image in colour', () => {
  it('is that of the mean of its channels', () => {
    const hashes = createHashes(2);
    const image = Array.from({ length: SIDE * SIDE }, (_, at) => (at % SIDE) * 4);
    // Their channels rise and fall.
    const rising = image.flatMap((level) => [100 - level, 20 + level * 2, 100]);
    const falling = image.flatMap((level) => [level, 100, 240 - level * 2]);
    writeHashes(hashes, datasetOf([rising, falling], [], 3), { first: 0, from: 0, to: 2 });
    expect([...hashes.high, ...hashes.low]).toEqual([0xffffffff, 0, 0xffffffff, 0]);
  });
});

describe('the images of classes', () => {
  it('stand out far from their mean, are of one colour, or differ between classes by chance only', async () => {
    const random = createRandom(5);
    const [bright, dark] = [spots(random), spots(random)];
    const images = Array.from({ length: 120 }, (_, index) =>
      noisy(index % 3 === 2 ? dark : bright, random, 30),
    );
    const labels = images.map((_, index) => index % 3);
    const found = await lookAtClasses(
      datasetOf([...images, dark.map((level) => 255 - level), flat(7)], [...labels, 0, 1]),
      undefined,
    );
    expect(found).toEqual({ outliers: [120], constant: [121], alike: [[0, 1]] });
  });
});

describe('names of classes', () => {
  it.each([
    [['cat', 'Cat', 'dog'], [['cat', 'Cat']]],
    [['tree house', 'tree_house', 'tree-house'], [['tree house', 'tree_house', 'tree-house']]],
    [['caf\u00e9', 'cafe\u0301', 'cafe'], [['caf\u00e9', 'cafe\u0301']]],
    [['-', '_', ' '], []],
    [['1', '10', '01'], []],
  ])('look alike, or do not: %j', (classes, groups) => {
    expect(lookAlikeNames(classes)).toEqual(groups);
  });

  it('are told as classes of their own', () => {
    expect(lookAlikeNote(['cat', 'Cat'])).toBe(
      'The classes "cat", "Cat" look alike and are learnt as 2; if they are one, rename them.',
    );
  });
});
