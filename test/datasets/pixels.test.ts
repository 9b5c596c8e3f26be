import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { flattenPixels, shapeNested } from '../../src/datasets/pixels/nested-pixels.ts';
import { checkFlatColour, interleave, looksLikePlanes } from '../../src/datasets/pixels/planes.ts';
import { doubtRowNumber, findRowNumbers } from '../../src/datasets/row-numbers.ts';
import { likelyShapes, squareShape } from '../../src/datasets/row.ts';
import { refusalOf } from '../support/refusal-of.ts';

const nest = (...sizes: number[]): unknown[] => {
  const [size = 0, ...more] = sizes;
  return Array.from({ length: size }, (_, at) => (more.length === 0 ? at : nest(...more)));
};

describe('nested pixels', () => {
  it.each([
    [[7], undefined],
    [[2, 3], { height: 2, width: 3, channels: 1 }],
    [[3, 4], { height: 3, width: 4, channels: 1 }],
    [[1, 4], { height: 1, width: 4, channels: 1 }],
    [[2, 3, 1], { height: 2, width: 3, channels: 1 }],
    [[2, 4, 3], { height: 2, width: 4, channels: 3 }],
    [[1, 2, 4], { height: 2, width: 4, channels: 1 }],
    [[3, 2, 4], { height: 2, width: 4, channels: 3 }],
  ])('of %j are of the shape %j', (sizes, shape) => {
    expect(flattenPixels(nest(...sizes), {})).toMatchObject(shape ? { shape } : {});
    const flat = flattenPixels(nest(...sizes), {});
    expect(flat).toHaveProperty(
      'values.length',
      sizes.reduce((all, one) => all * one, 1),
    );
    expect(Object.hasOwn(Object(flat), 'shape')).toBe(shape !== undefined);
  });

  it('in planes are given pixel by pixel', () => {
    expect(
      flattenPixels(
        [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
          [
            [9, 10],
            [11, 12],
          ],
        ],
        {},
      ),
    ).toEqual({
      values: [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12],
      shape: { height: 2, width: 2, channels: 3 },
    });
  });

  it.each([
    [
      [3, 2, 1],
      {},
      'its pixels, nested 3x2x1, could be rows of pixels or planes; say which by dataset.layout ("hwc" or "chw")',
    ],
    [[3, 2, 1], { shape: { height: 2, width: 3, channels: 1 } as const }, 'could be rows'],
    [[1, 1, 1], { shape: { height: 1, width: 1, channels: 1 } as const }, 'could be rows'],
    [[3, 2, 4], { layout: 'hwc' as const }, 'nested 3x2x4, are not of 1 or 3 channels as hwc'],
    [
      [1, 2, 3],
      { layout: 'hwc' as const, shape: { height: 9, width: 9, channels: 3 } as const },
      { height: 1, width: 2, channels: 3 },
    ],
    [[4, 2, 3], { layout: 'chw' as const }, 'nested 4x2x3, are not of 1 or 3 channels as chw'],
    [[2, 2, 2], {}, /are not of 1 or 3 channels$/],
    [[4, 2, 3, 1], {}, 'its pixels are nested 4x2x3x1; give one image without more around it'],
    [[2, 1, 1, 1, 1, 1, 1, 1], {}, 'nested 2x1x1x1x1x1x1x1; give one image'],
    [[2, 1, 1, 1, 1, 1, 1, 1, 1], {}, 'its pixels are nested unevenly'],
  ])('of %j are taken with %j or refused: %s', (sizes, expected, result) => {
    const flat = flattenPixels(nest(...sizes), expected);
    if (typeof result === 'object' && 'height' in result)
      expect(flat).toMatchObject({ shape: result });
    else if (!('problem' in flat)) throw new Error('it was taken');
    else expect(flat.problem).toMatch(result);
  });

  it.each([
    [[[1, 2], [3]]],
    [[[1, 2], 3]],
    [
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
    ],
    [[[1], 'x']],
  ])('are refused when they are uneven: %j', (pixels) => {
    expect(flattenPixels(pixels, {})).toEqual({ problem: 'its pixels are nested unevenly' });
  });

  it('are decided by the shape where they could be both, in either way', () => {
    const values = nest(18);
    const asRows = { height: 3, width: 2, channels: 3 } as const;
    const asPlanes = { height: 2, width: 3, channels: 3 } as const;
    expect(shapeNested(values, [3, 2, 3], { shape: asRows })).toEqual({ values, shape: asRows });
    expect(shapeNested(values, [3, 2, 3], { shape: asPlanes })).toMatchObject({ shape: asPlanes });
  });
});

describe('the shape of so many values', () => {
  it.each([
    [0, undefined],
    [1, { width: 1, height: 1, channels: 1 }],
    [3, { width: 1, height: 1, channels: 3 }],
    [784, { width: 28, height: 28, channels: 1 }],
    [3072, { width: 32, height: 32, channels: 3 }],
    [785, undefined],
  ])('%d is square: %j', (count, shape) => {
    expect(squareShape(count)).toEqual(shape);
  });

  it.each([
    [6, [{ width: 3, height: 2, channels: 1 }]],
    [5, []],
    [0, []],
    [4, [{ width: 2, height: 2, channels: 1 }]],
    [
      24,
      [
        { width: 6, height: 4, channels: 1 },
        { width: 4, height: 2, channels: 3 },
      ],
    ],
    [2048, [{ width: 64, height: 32, channels: 1 }]],
    [2 * 1021, [{ width: 1021, height: 2, channels: 1 }]],
    [2 * 1031, []],
    [1021 * 1024, [{ width: 1024, height: 1021, channels: 1 }]],
    [1021 * 1031, []],
  ])('%d could be %j', (count, shapes) => {
    expect(likelyShapes(count)).toEqual(shapes);
  });
});

describe('a row number among the pixels', () => {
  const square = { width: 2, height: 2, channels: 1 } as const;

  it('is suspected where one is too many', () => {
    const doubted = [5, 10, 4, 7, 2, 13].filter((count) => doubtRowNumber(count, undefined) !== '');
    expect(doubted).toEqual([5, 10, 13]);
    expect([5, 4, 6].map((count) => doubtRowNumber(count, square))).toEqual([
      '; one column too many: is the first a row number?',
      '',
      '',
    ]);
  });

  it('is refused by its name', () => {
    const wide = { width: 3, height: 2, channels: 1 } as const;
    expect([7, 5].map((count) => doubtRowNumber(count, wide) !== '')).toEqual([true, false]);
    const names = ['a', 'ID', 'b', 'c', 'd'];
    expect(refusalOf(() => findRowNumbers(names, square))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('is "ID" a row number?'),
      details: { column: 'ID' },
    });
    expect(refusalOf(() => findRowNumbers(['a', 'b', 'c', 'd', 'e'], square))).toBeUndefined();
    expect(refusalOf(() => findRowNumbers(names.slice(1), square))).toBeUndefined();
  });
});

/** A colour image in planes that differ, each smooth; the same as pixels. */
const planes = (width: number, height: number, step = 1): Uint8Array =>
  Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const [plane, row, column] = [
      Math.floor(at / (width * height)),
      Math.floor(at / width) % height,
      at % width,
    ];
    return plane * 80 + (row + column) * step;
  });

/** Planes of columns that are dark and light in turn. */
const striped = (light: number) =>
  Uint8Array.from({ length: 60 }, (_, at) => Math.floor(at / 20) * 20 + (at % 2) * light);

describe('planes', () => {
  it('become pixels, bytes or not', () => {
    expect([...interleave(Uint8Array.of(1, 2, 3, 4, 5, 6), 3)]).toEqual([1, 3, 5, 2, 4, 6]);
    expect(interleave(['a', 'b', 'c', 'd'], 2)).toEqual(['a', 'c', 'b', 'd']);
    expect(interleave(Uint8Array.of(1, 2), 1)).toBeInstanceOf(Uint8Array);
  });

  const shape = { width: 4, height: 5, channels: 3 } as const;

  it('are told from pixels by how smooth they are', () => {
    const image = planes(4, 5);
    const pixels = interleave(image, 3);
    expect(looksLikePlanes(image, shape)).toBe(true);
    expect(looksLikePlanes(pixels, shape)).toBe(false);
    expect(refusalOf(() => checkFlatColour(image, shape))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('its flat images of 4x5x3 look like one plane'),
      details: { option: 'layout', values: ['chw', 'hwc'] },
    });
    expect(refusalOf(() => checkFlatColour(pixels, shape))).toBeUndefined();
  });

  it('are not told where images are too small, of one channel, or none', () => {
    for (const [width, height, channels] of [
      [3, 5, 3],
      [5, 3, 3],
      [12, 5, 1],
    ] as const) {
      const image = planes(width, height).subarray(0, width * height * channels);
      expect(looksLikePlanes(image, { width, height, channels })).toBe(false);
    }
    expect(looksLikePlanes(new Uint8Array(0), shape)).toBe(false);
    expect(looksLikePlanes(planes(4, 4), { width: 4, height: 4, channels: 3 })).toBe(true);
  });

  it('are told by their lines and their neighbours together', () => {
    expect([10, 20].map((light) => looksLikePlanes(striped(light), shape))).toEqual([true, false]);
  });

  it('are not seen in noise, or where all is of one value', () => {
    const random = createRandom(1);
    const noise = Uint8Array.from({ length: 600 }, () => random.integer(256));
    for (const images of [noise, new Uint8Array(60)]) {
      expect(looksLikePlanes(images, shape)).toBe(false);
      expect(refusalOf(() => checkFlatColour(images, shape))).toBeUndefined();
    }
  });

  it('are not seen in grey', () => {
    const grey = interleave(
      Uint8Array.from({ length: 60 }, (_, at) => ((at % 20) * 37) % 256),
      3,
    );
    expect(looksLikePlanes(grey, shape)).toBe(false);
  });

  it('are looked for among all images, evenly', () => {
    const image = planes(4, 5);
    const size = image.length;
    const many = new Uint8Array(size * 401);
    // Of 401 images every second is looked at.
    for (let at = 2; at < 401; at += 2) many.set(image, at * size);
    expect(looksLikePlanes(many, shape)).toBe(true);
    const other = new Uint8Array(size * 401);
    for (let at = 1; at < 401; at += 2) other.set(image, at * size);
    expect(looksLikePlanes(other, shape)).toBe(false);
  });
});
