import { describe, expect, it } from 'vitest';
import { withDigest, type Dataset, type ImageShape } from '../../../src/datasets/dataset.ts';
import { findSameImages } from '../../../src/datasets/looking/near-duplicates.ts';
import {
  createHashes,
  distanceOf,
  inOrderOf,
  writeHashes,
} from '../../../src/datasets/looking/perceptual-hash.ts';
import { isAlike } from '../../../src/datasets/looking/same-pixels.ts';

type Image = readonly number[];
const [COLUMNS, ROWS] = [9, 8];

/** Images of which each value is one of the hash. */
function datasetOf(
  images: readonly Image[],
  shape: ImageShape = { width: COLUMNS, height: ROWS, channels: 1 },
): Dataset {
  return withDigest({
    pixels: Uint8Array.from(images.flat()),
    labels: new Int32Array(images.length),
    shape,
    classes: ['a'],
  });
}

/** An image by what is at each place. */
const drawn = (
  valueAt: (column: number, row: number) => number,
  [width, height] = [COLUMNS, ROWS],
): number[] =>
  Array.from({ length: width * height }, (_, at) => valueAt(at % width, Math.floor(at / width)));

/** Rows from dark to bright, so that no bit of the hash is set. */
const rows = drawn((_, row) => 50 + row * 20);
/** The same with two levels more in so many places, none beside another: one bit each. */
const withBits = (count: number): number[] =>
  drawn((column, row) => {
    const isHigher = column % 2 === 1 && row * 4 + (column - 1) / 2 < count;
    return 50 + row * 20 + (isHigher ? 2 : 0);
  });

/** Levels by what they are above 100. */
const levels = (image: Image): Uint8Array => Uint8Array.from(image, (one) => 100 + one);
const compare = (a: Image, b: Image, channels: 1 | 3 = 1): boolean =>
  isAlike(levels(a), levels(b), channels);
/** Its first two values in each other's place. */
const swapped = ([first = 0, second = 0, ...rest]: Image): number[] => [second, first, ...rest];
const grey = (values: Image): number[] => values.flatMap((one) => [one, one, one]);
/** A large image that goes together with itself, whatever its every eleventh value is. */
const sampled = (length: number, values: Image): number[] =>
  Array.from({ length }, (_, at) =>
    at % 11 === 0 ? (values[at / 11] ?? 0) : at % 2 === 0 ? 90 : -90,
  );

function hashOf(image: Image, shape?: ImageShape) {
  const hashes = createHashes(1);
  writeHashes(hashes, datasetOf([image], shape), { first: 0, from: 0, to: 1 });
  return [hashes.high[0], hashes.low[0], hashes.isEmpty[0]];
}
/** An image that is brighter by so much from its middle on, and each value of it so many times. */
const step = (by: number, times = 1): number[] =>
  drawn((column) => (column < 4 * times ? 10 : 10 + by), [COLUMNS * times, ROWS * times]);

describe('two images by their pixels', () => {
  // Two levels in each other's place: 1 - (difference squared / sum of squares) is how well they go together.
  const at985 = [0, 3, -3, 17, -17, 1, -1, 1, -1];
  const at95 = [0, 1, -1, 3, -3];

  it('are alike when they go together by 0.985', () => {
    expect(compare(at985, swapped(at985))).toBe(true);
    expect(compare([...at985.slice(0, -2), 0, 0], swapped([...at985.slice(0, -2), 0, 0]))).toBe(
      false,
    );
  });

  it('are alike up to 24 levels of brightness apart', () => {
    for (const [by, alike] of [
      [24, true],
      [25, false],
      [-25, false],
    ] as const) {
      expect(
        compare(
          at985,
          at985.map((one) => one + by),
        ),
      ).toBe(alike);
      const colours = at985.flatMap((one) => [one, one, one]);
      expect(
        compare(
          colours,
          colours.map((one) => one + by),
          3,
        ),
      ).toBe(alike);
    }
  });

  it('are not alike where one of them is of one level', () => {
    expect(compare([1, 1, 1], [1, 1, 1])).toBe(false);
    expect(compare([1, 1, 1], [1, 2, 1])).toBe(false);
  });

  it('are compared by every eleventh value first where they have more than 352', () => {
    const [even, odd] = [0, 1].map((turn) =>
      Array.from({ length: 33 }, (_, at) => (at + turn) % 2),
    );
    expect(compare(sampled(352, even!), sampled(352, odd!))).toBe(true);
    expect(compare(sampled(353, even!), sampled(353, odd!))).toBe(false);
    const at9 = [0, 1, -1, 2, -2];
    expect(compare(sampled(353, at9), sampled(353, swapped(at9)))).toBe(true);
    const below = [0, 1, -1, 2, -1];
    expect(compare(sampled(353, below), sampled(353, swapped(below)))).toBe(false);
    expect(compare(sampled(353, []), sampled(353, [])), 'no sample that says anything').toBe(true);
  });

  describe('in colour', () => {
    // By their channels they go together by 0.95, and by their grey values wholly.
    it.each([
      [0, 1, [0, 1, 3, -3, -1, 0, 0, 0, 0]],
      [1, 2, [3, 0, 1, -3, -1, 0, 0, 0, 0]],
    ])('are alike by 0.95 of their channels where their grey values are', (one, other, image) => {
      const copy = [...image];
      [copy[one], copy[other]] = [image[other]!, image[one]!];
      expect(compare(image, copy, 3)).toBe(true);
      expect(compare(image, copy, 1)).toBe(false);
    });

    it('are not alike by less of their channels, nor by 0.95 of their grey values', () => {
      const image = [0, 3, 1, -3, -1, 0, 0, 0, 0];
      expect(compare(image, swapped(image), 3)).toBe(false);
      expect(compare(grey(at95), grey(swapped(at95)), 3)).toBe(false);
      expect(compare(grey(at985), grey(swapped(at985)), 3)).toBe(true);
    });
  });
});

describe('the hash of an image', () => {
  it('has the upper half in its upper bits', () => {
    const upper = drawn((column, row) => (row < 4 ? column * 10 : 200 - column * 10));
    expect(hashOf(upper)).toEqual([0xffffffff, 0, 0]);
  });

  it('has a bit for a difference of two levels, and is empty with fewer than four in all', () => {
    expect(hashOf(step(1))).toEqual([0, 0, 1]);
    expect(hashOf(step(3))).toEqual([0x10101010, 0x10101010, 1]);
    expect(hashOf(step(2))).toEqual([0x10101010, 0x10101010, 1]);
    expect(hashOf(step(4))).toEqual([0x10101010, 0x10101010, 0]);
  });

  it('is that of the means of its parts, however large and of how many channels it is', () => {
    const wide: ImageShape = { width: 18, height: 16, channels: 1 };
    expect(hashOf(step(1, 2), wide)).toEqual([0, 0, 1]);
    expect(hashOf(step(4, 2), wide)).toEqual([0x10101010, 0x10101010, 0]);
    const colour: ImageShape = { width: COLUMNS, height: ROWS, channels: 3 };
    expect(hashOf(grey(step(1)), colour)).toEqual([0, 0, 1]);
    expect(hashOf(grey(step(4)), colour)).toEqual([0x10101010, 0x10101010, 0]);
    const blue = step(12).flatMap((one) => [10, 10, one]);
    expect(hashOf(blue, colour)).toEqual([0x10101010, 0x10101010, 0]);
  });

  it('has parts that share the values on their borders', () => {
    // Of 12 columns each part has one and a third.
    const shape: ImageShape = { width: 12, height: ROWS, channels: 1 };
    for (const at of [1, 2]) {
      const shared = drawn((column) => (column === at ? 90 : 0), [12, ROWS]);
      expect(hashOf(shared, shape)).toEqual([0x80808080, 0x80808080, 0]);
    }
  });

  it('is written for those that are asked for alone', () => {
    const hashes = createHashes(4);
    const bright = drawn((column) => column * 10);
    writeHashes(hashes, datasetOf([bright, bright, bright]), { first: 1, from: 1, to: 2 });
    expect([...hashes.high]).toEqual([0, 0, 0xffffffff, 0]);
    expect([...hashes.low]).toEqual([0, 0, 0xffffffff, 0]);
    writeHashes(hashes, datasetOf([bright, step(1)]), { first: 1, from: 1, to: 2 });
    expect([...hashes.isEmpty]).toEqual([0, 0, 1, 0]);
  });
});

describe('the distance of two hashes', () => {
  it.each([
    [0, 0, 0],
    [0xffffffff, 7, 35],
    [0x12345678, 0x11111111, 21],
    [0x80000001, 0x55555555, 18],
  ])('is how many bits they differ in: %i %i', (high, low, distance) => {
    const hashes = createHashes(2);
    hashes.high[1] = high;
    hashes.low[1] = low;
    expect([distanceOf(hashes, 0, 1), distanceOf(hashes, 1, 0)]).toEqual([distance, distance]);
  });
});

describe('the order of hashes', () => {
  it.each([
    [0, [4, 1, 5, 2, 0]],
    [1, [1, 5, 2, 0, 4]],
    [2, [4, 1, 5, 0, 2]],
    [3, [4, 1, 5, 2, 0]],
  ])('is by their part %i, then by those behind it, without what is empty', (band, order) => {
    const hashes = createHashes(6);
    hashes.high.set([0xffff_0002, 0x0002_0001, 0x0002_0001, 0, 0x0001_0003, 0x0002_0001]);
    hashes.low.set([0x0001_0002, 0x0001_0001, 0x0002_0001, 0, 0x0001_0001, 0x0001_0001]);
    hashes.isEmpty[3] = 1;
    expect([...inOrderOf(hashes, band)]).toEqual(order);
  });
});

describe('images that are nearly the same', () => {
  it('are those whose hashes differ in eight bits or fewer', async () => {
    expect(await findSameImages([datasetOf([rows, withBits(8)])], undefined)).toEqual([[0, 1]]);
    expect(await findSameImages([datasetOf([rows, withBits(9)])], undefined)).toEqual([]);
  });

  it('are those whose pixels go together as well', async () => {
    const upsideDown = drawn((_, row) => 190 - row * 20);
    expect(await findSameImages([datasetOf([rows, upsideDown])], undefined)).toEqual([]);
  });

  it('may be of two datasets, whose numbers follow each other', async () => {
    const other = drawn((column, row) => (column * 37 + row * 91) % 200);
    const upsideDown = drawn((_, row) => 190 - row * 20);
    const found = await findSameImages(
      [datasetOf([rows, other]), datasetOf([rows, upsideDown, other])],
      undefined,
    );
    expect(found).toEqual([
      [0, 2],
      [1, 4],
    ]);
  });

  it('are told in the order of their first ones', async () => {
    const other = drawn((column, row) => (column * 37 + row * 91) % 200);
    const images = [rows, other, other, rows];
    expect(await findSameImages([datasetOf(images)], undefined)).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });

  it('are looked for as long as the signal says, which is asked once for each block', async () => {
    let asked = 0;
    const signal = { throwIfAborted: () => void (asked += 1) } as AbortSignal;
    const six = datasetOf(Array.from({ length: 6 }, () => rows));
    await findSameImages([six], signal, 2);
    // Three blocks of hashes, and the third and the fifth image in each of four orders.
    expect(asked).toBe(3 + 4 * 2);
    expect(await findSameImages([six], undefined, 2)).toEqual([[0, 1, 2, 3, 4, 5]]);
  });
});
