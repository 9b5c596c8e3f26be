import { describe, expect, it } from 'vitest';
import type { DatasetSpec } from '../../src/datasets/spec.ts';
import { readText } from './dataset-files.ts';

/** A smooth 8x8 colour image: value of a pixel by row, column and channel. */
const valueAt = (row: number, column: number, channel: number, kind: number) =>
  row * 12 + column * 8 + [0, 60, 90][channel]! + kind;
const sizes = { rows: 8, columns: 8, channels: 3 };
const range = (length: number) => Array.from({ length }, (_, at) => at);
const hwc = (kind: number) =>
  range(8).map((row) =>
    range(8).map((column) => range(3).map((c) => valueAt(row, column, c, kind))),
  );
const chw = (kind: number) =>
  range(3).map((c) =>
    range(8).map((row) => range(8).map((column) => valueAt(row, column, c, kind))),
  );

const grey = (kind: number) => [
  [1 + kind, 2, 3, 4],
  [5, 6, 7, 8],
];

type Image = (kind: number) => unknown;
const json = (image: Image) =>
  JSON.stringify([0, 9].map((kind) => ({ label: `k${kind}`, pixels: image(kind) })));
const readWith = (image: Image, spec: Omit<DatasetSpec, 'uri'> = {}) =>
  readText('x.json', json(image), spec);

const whole = { width: sizes.columns, height: sizes.rows, channels: 3 } as const;
const right = [0, 9].flatMap((kind) => hwc(kind).flat(2));

/** 3x2x3: two rows of three pixels in planes, or three rows of two pixels. */
const both = (kind: number) =>
  range(3).map((a) => range(2).map((b) => range(3).map((c) => a * 20 + b * 7 + c + kind)));

const csv = (image: (kind: number) => number[][][]) =>
  [0, 9].map((kind) => [`k${kind}`, ...image(kind).flat(2)].join(',')).join('\n');

describe('nested pixels', () => {
  it.each([
    ['rows of pixels', hwc],
    ['a plane for each channel', chw],
  ])('are taken as they stand: %s', async (_, image) => {
    for (const spec of [{}, { shape: whole }]) {
      const { dataset } = await readWith(image, spec);
      expect(dataset.shape).toEqual(whole);
      expect([...dataset.pixels]).toEqual(right);
    }
  });

  it.each([
    ['one channel last', (kind: number) => grey(kind).map((row) => row.map((value) => [value]))],
    ['one channel first', (kind: number) => [grey(kind)]],
    ['no level for one channel', grey],
  ])('may be grey: %s', async (_, image) => {
    const { dataset } = await readWith(image);
    expect(dataset.shape).toEqual({ width: 4, height: 2, channels: 1 });
    expect([...dataset.pixels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('are asked for when they could be both, and decided by layout or shape', async () => {
    await expect(readWith(both)).rejects.toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      details: {
        option: 'layout',
        values: ['hwc', 'chw'],
        badRows: {
          rows: [
            {
              line: 1,
              element: 0,
              reason:
                'its pixels, nested 3x2x3, could be rows of pixels or planes; say which by dataset.layout ("hwc" or "chw")',
            },
          ],
        },
      },
    });
    const asRows = { width: 2, height: 3, channels: 3 } as const;
    const asPlanes = { width: 3, height: 2, channels: 3 } as const;
    for (const spec of [{ layout: 'hwc' }, { shape: asRows }] as const) {
      const { dataset } = await readWith(both, spec);
      expect(dataset.shape).toEqual(asRows);
      expect([...dataset.pixels.subarray(0, 6)]).toEqual([0, 1, 2, 7, 8, 9]);
    }
    for (const spec of [{ layout: 'chw' }, { shape: asPlanes }] as const) {
      const { dataset } = await readWith(both, spec);
      expect(dataset.shape).toEqual(asPlanes);
      expect([...dataset.pixels.subarray(0, 6)]).toEqual([0, 20, 40, 1, 21, 41]);
    }
  });

  it.each<[string, Image, Omit<DatasetSpec, 'uri'>, string]>([
    ['another layout', hwc, { layout: 'chw' }, 'nested 8x8x3, are not of 1 or 3 channels as chw'],
    [
      'another shape',
      chw,
      { shape: { width: 16, height: 4, channels: 3 } },
      'it is 8x8x3 instead of 16x4x3',
    ],
    ['four channels', () => [[[1, 2, 3, 4]]].flatMap((one) => [one, one]), {}, '2x1x4, are not of'],
    ['a batch of one', (kind) => [hwc(kind)], {}, 'nested 1x8x8x3; give one image'],
    ['uneven rows', () => [[1, 2], [3]], {}, 'nested unevenly'],
  ])('are refused when they contradict: %s', async (_, image, spec, reason) => {
    await expect(readWith(image, spec)).rejects.toMatchObject({
      details: { badRows: { rows: [{ reason: expect.stringContaining(reason) }] } },
    });
  });
});

describe('flat pixels of colour', () => {
  it('are pixels after each other, or planes where layout says so', async () => {
    const planes = await readText('x.csv', csv(chw), { layout: 'chw' });
    const pixels = await readText('x.csv', csv(hwc));
    expect(planes.dataset.digest).toBe(pixels.dataset.digest);
    expect([...pixels.dataset.pixels]).toEqual(right);
    expect((await readWith((kind) => chw(kind).flat(2), { layout: 'chw' })).dataset.digest).toBe(
      pixels.dataset.digest,
    );
  });

  it('are asked for when they look like planes and nobody said what they are', async () => {
    for (const spec of [{}, { shape: whole }]) {
      await expect(readText('x.csv', csv(chw), spec)).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining(
          '8x8x3 look like one plane for each channel; say dataset.layout',
        ),
        details: { option: 'layout' },
      });
    }
    const { dataset } = await readText('x.csv', csv(chw), { layout: 'hwc' });
    expect([...dataset.pixels.subarray(0, 3)]).toEqual([0, 8, 16]);
  });
});

describe('the rows of a JSON array', () => {
  it('are named by their place in it, on however many lines it is', async () => {
    const rows = [
      [1, 2, 3, 4],
      [1, 2, 3, 999],
      [5, 6, 7, 8],
      [1, 2],
    ].map((pixels, at) => ({
      label: `k${at % 2}`,
      pixels,
    }));
    rows.push({ label: 'k1', pixels: [9, 9, 9, 9] });
    const { badRows } = await readText('x.json', JSON.stringify(rows), {}, { maxBadRows: 2 });
    expect(badRows.rows).toEqual([
      { line: 1, element: 1, reason: 'pixel 3 is not a number from 0 to 255' },
      { line: 1, element: 3, reason: 'it has 2 pixels instead of 4' },
    ]);
  });
});
