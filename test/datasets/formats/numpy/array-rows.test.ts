import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  checkArrays,
  openArray,
  readArrayRows,
} from '../../../../src/datasets/formats/numpy/array-rows.ts';
import { npy, type NpyArray } from '../../../support/npy.ts';
import { refusalOf } from '../../../support/refusal-of.ts';
import { folderWith } from '../../pictures.ts';

/** Arrays of bytes on this disk. */
async function arraysOf(...arrays: readonly (Partial<NpyArray> & { more?: Buffer })[]) {
  const files = arrays.map(({ more = Buffer.alloc(0), ...array }, at) => [
    `${at}`,
    Buffer.concat([npy({ descr: '|u1', shape: [], data: Buffer.alloc(0), ...array }), more]),
  ]);
  const folder = await folderWith(Object.fromEntries(files));
  return Promise.all(
    files.map((_, at) => openArray({ path: `${folder}/${at}`, name: ['x\n.npy', 'y\n.npy'][at]! })),
  );
}

const bytes = (count: number) => Uint8Array.from({ length: count }, (_, at) => at * 10);

async function rowsOf(images: Partial<NpyArray> & { more?: Buffer }, labels: Partial<NpyArray>) {
  const [x, y] = await arraysOf(images, labels);
  checkArrays(x!, y!);
  const expected = { shape: undefined, layout: undefined };
  const rows: unknown[] = [];
  for await (const row of readArrayRows(x!, y!, { limits: { maxBytes: 9999 }, expected })) {
    const { line, element } = row;
    if ('problem' in row)
      rows.push([
        line,
        element,
        row.problem,
        ...Object.keys(row).filter((name) => name === 'label'),
      ]);
    else rows.push([line, element, row.label, Array.from(row.values), row.shape]);
  }
  return rows;
}

const wide = { height: 1, width: 2, channels: 1 };
const dot = { height: 1, width: 1, channels: 1 };
const two = { shape: [2], data: Uint8Array.of(7, 8) };

describe('a pair of arrays', () => {
  it.each([
    ['text', { descr: '<U1', shape: [2, 1] }, two, 'x\\n.npy: it holds text and no pixels'],
    ['bytes of text', { descr: '|S1', shape: [2, 1] }, two, 'x\\n.npy: it holds text and no'],
    ['one value', { shape: [] }, two, 'x\\n.npy: it has the shape (); images are (count'],
    ['one axis', { shape: [2] }, two, 'x\\n.npy: it has the shape (2); images are (count'],
    ['one label', { shape: [2, 1] }, { shape: [] }, 'y\\n.npy: it holds one value and not one'],
    [
      'labels that are one-hot',
      { shape: [2, 1] },
      { shape: [2, 3, 2] },
      'y\\n.npy: it has 6 values for each image ((2, 3, 2)); if they are one-hot',
    ],
    [
      'labels without a value',
      { shape: [2, 1] },
      { shape: [2, 0] },
      'y\\n.npy: it has 0 values for each image ((2, 0))',
    ],
    [
      'more images',
      { shape: [3, 1] },
      two,
      'x\\n.npy: it holds 3 images, and y\\n.npy 2 labels; they must be as many',
    ],
  ])('is refused for %s', async (_, images, labels, reason) => {
    const [x, y] = await arraysOf(images, labels);
    expect(refusalOf(() => checkArrays(x!, y!))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  it.each([
    [[2, 1, 2], false, [2], wide],
    [[2, 1, 2], false, [2, 1, 1], wide],
    [[2, 2], false, [2], undefined],
  ])('gives the rows of images of %j', async (shape, isFortran, labels, read) => {
    const rows = await rowsOf({ shape, isFortran, data: bytes(4) }, { ...two, shape: labels });
    expect(rows).toEqual([
      [1, 0, 7, [0, 10], read],
      [2, 1, 8, [20, 30], read],
    ]);
  });

  it('gives the rows of images that lie column by column, packed ones where that is the same', async () => {
    const columns = await rowsOf({ shape: [2, 1, 2], isFortran: true, data: bytes(4) }, two);
    expect(columns).toEqual([
      [1, 0, 7, [0, 20], wide],
      [2, 1, 8, [10, 30], wide],
    ]);
    const flat = { shape: [2, 1, 1], isFortran: true, data: bytes(2) };
    expect(await rowsOf(flat, two)).toEqual([
      [1, 0, 7, [0], dot],
      [2, 1, 8, [10], dot],
    ]);
    const [x, y] = await arraysOf(flat, two);
    const packed = gzipSync(npy({ descr: '|u1', ...flat }));
    const path = `${await folderWith({ x: packed })}/x`;
    const images = await openArray({ path, name: 'x' });
    expect(images.header).toEqual(x!.header);
    const rows = readArrayRows(images, y!, { limits: { maxBytes: 9999 }, expected: {} });
    const values: unknown[] = [];
    for await (const row of rows) values.push('values' in row && Array.from(row.values));
    expect(values).toEqual([[0], [10]]);
  });

  it('tells rows whose images are none', async () => {
    const rows = await rowsOf({ shape: [2, 1, 2, 5, 2], data: bytes(40) }, two);
    expect(rows).toEqual([
      [1, 0, expect.any(String)],
      [2, 1, expect.any(String)],
    ]);
  });

  it.each([
    [{ shape: [2, 2], data: bytes(3) }, two, 'x\\n.npy: it ends before element 1 of 2'],
    [{ shape: [2, 2], data: bytes(5) }, two, 'x\\n.npy: it goes on after its last element'],
    [
      { shape: [2, 2], data: bytes(4) },
      { shape: [2], data: Uint8Array.of(7) },
      'y\\n.npy: it ends before element 1 of 2',
    ],
    [
      { shape: [2, 2], data: bytes(4) },
      { shape: [2], data: Uint8Array.of(7, 8, 9) },
      'y\\n.npy: it goes on after its last element',
    ],
  ])('is refused when one of them does not have as much as it says: %#', async (x, y, reason) => {
    await expect(rowsOf(x, y)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
