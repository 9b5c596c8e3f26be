import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeArrow } from '../../../src/datasets/formats/arrow/write-arrow.ts';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';
import { encodePng } from '../../../src/image/encode-png.ts';
import { byteArrays, dataPage, int32s, parquetFile, types } from '../../support/parquet.ts';
import { tfRecords } from '../../support/tfrecord.ts';
import { idx, streamsOver, temporaryFolder } from '../dataset-files.ts';

const shape = { width: 2, height: 2, channels: 1 } as const;
const png = (grey: number) => encodePng(Buffer.alloc(4, grey), shape);

/** Streams what files of a folder hold, in short: an image by its size, pixels by their values, a refusal by its code. */
async function stream(
  files: Record<string, string | Uint8Array>,
  spec: DatasetSpec,
  skip = 0,
  changedAt = 1_700_000_000,
  uploaded: readonly string[] = [],
): Promise<{ rows: unknown[]; notes: string[]; listing: string; count: number | undefined }> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'in', name)), { recursive: true });
    await writeFile(join(folder, 'in', name), content);
    await utimes(join(folder, 'in', name), changedAt, changedAt);
  }
  const notes: string[] = [];
  const opened = await streamsOver(folder)(spec, {
    uploads: uploaded.map((name) => ({ part: 'dataset', name, file: join(folder, 'in', name) })),
    workDir: folder,
    shape,
    skip: async () => skip,
    onNote: (note) => notes.push(note),
    signal: new AbortController().signal,
  });
  const rows: unknown[] = [];
  try {
    for await (const input of opened.inputs) {
      const { line, entry } = input;
      const held =
        'image' in input
          ? input.image.length
          : 'pixels' in input
            ? [...(input.pixels as number[])]
            : input.code;
      rows.push(entry === undefined ? [line, held] : [line, entry, held]);
    }
  } finally {
    await opened.close();
  }
  return { rows, notes, listing: opened.listing, count: opened.count };
}

const listing = async (files: Record<string, string>, changedAt?: number) =>
  (await stream(files, { uri: 'in' }, 0, changedAt)).listing;

const sent = async (text: string, at: number) =>
  (await stream({ 'a.csv': text }, { format: 'csv' }, 0, at, ['a.csv'])).listing;

describe('a dataset as a stream', () => {
  it('is every image of a folder in the order of names, in whatever folders, as they came', async () => {
    const [dark, light] = [await png(3), await png(200)];
    const files = { 'b.png': dark, 'a/x/y.png': light, 'a/z.jpg': 'no image', 'notes.txt': 'hi' };
    const { rows, count } = await stream(files, { uri: 'in' });
    expect(rows).toEqual([
      [1, 'a/x/y.png', light.length],
      [2, 'a/z.jpg', 8],
      [3, 'b.png', dark.length],
    ]);
    expect(count).toBe(3);
  });

  it('passes over images without reading them, and begins behind them', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`${10 + index}.png`, String(index)]),
    );
    const { rows } = await stream(files, { uri: 'in' }, 27);
    expect(rows).toEqual([
      [28, '37.png', 2],
      [29, '38.png', 2],
      [30, '39.png', 2],
    ]);
  });

  it('gives the row of an image that is too large the code of that, and reads none of it', async () => {
    const files = { 'a.png': Buffer.alloc(1_000_001), 'b.png': 'x' };
    const { rows } = await stream(files, { uri: 'in' });
    expect(rows).toEqual([
      [1, 'a.png', 'GLIMPSE_IMAGE_BYTES_TOO_LARGE'],
      [2, 'b.png', 1],
    ]);
  });

  it('takes the images that a list names, one that is missing as a refused row', async () => {
    const files = { 'list.csv': 'path,shot\na.png,2026\nb.png,2025\n', 'a.png': 'abc' };
    expect((await stream(files, { uri: 'in/list.csv' })).rows).toEqual([
      [2, 'a.png', 3],
      [3, 'b.png', 'GLIMPSE_FILE_UNREADABLE'],
    ]);
  });

  it.each([
    ['a table of nothing but pixels', '1,2,3,4\n5,6,7,256\n', 1],
    ['one with names of its pixels', 'p0,p1,p2,p3\n1,2,3,4\n5,6,7,256\n', 2],
    ['one with labels', 'label,p0,p1,p2,p3\nx,1,2,3,4\ny,5,6,7,256\n', 2],
    ['one with labels that nothing names', 'x,1,2,3,4\ny,5,6,7,256\n', 1],
  ])('reads %s', async (_, text, line) => {
    expect((await stream({ 'rows.csv': text }, { uri: 'in/rows.csv' })).rows).toEqual([
      [line, [1, 2, 3, 4]],
      [line + 1, [5, 6, 7, 256]],
    ]);
  });

  it('leaves a column of row numbers aside, and says so', async () => {
    const text = 'id,p0,p1,p2,p3\n7,1,2,3,4\n8,5,6,7,8\n';
    const { rows, notes } = await stream({ 'rows.csv': text }, { uri: 'in/rows.csv' });
    expect(rows).toEqual([
      [2, [1, 2, 3, 4]],
      [3, [5, 6, 7, 8]],
    ]);
    expect(notes).toEqual(['The column "id" is left aside: it is one too many for the images.']);
  });

  it('leaves numbers as they are, and makes bytes of those whose range was declared', async () => {
    const files = { 'rows.csv': '0,0.5,1,\n0,1,2,0\n' };
    expect((await stream(files, { uri: 'in/rows.csv' })).rows).toEqual([
      [1, [0, 0.5, 1, Number.NaN]],
      [2, [0, 1, 2, 0]],
    ]);
    expect((await stream(files, { uri: 'in/rows.csv', range: 1 })).rows).toEqual([
      [1, 'GLIMPSE_ROW_UNUSABLE'],
      [2, 'GLIMPSE_ROW_UNUSABLE'],
    ]);
    const planar = { uri: 'in/rows.csv', range: 2 };
    expect((await stream(files, planar, 1)).rows).toEqual([[2, [0, 128, 255, 0]]]);
  });

  it('reads objects with images or pixels, and names the lines that are none', async () => {
    const image = (await png(9)).toString('base64');
    const lines = [{ b64: image, id: 'q' }, { b64: '!!' }, { id: 'r' }].map((one) =>
      JSON.stringify(one),
    );
    const text = [...lines, 'nonsense', ''].join('\n');
    const code = 'GLIMPSE_ROW_UNUSABLE';
    expect((await stream({ 'rows.ndjson': text }, { uri: 'in/rows.ndjson' })).rows).toEqual([
      [1, 'line 1', Buffer.from(image, 'base64').length],
      [2, 'line 2', code],
      [3, 'line 3', code],
      [4, 'line 4', code],
    ]);
    const pixels = '{"pixels":[[1,2],[3,4]],"id":7}\n{"pixels":[1,2]}\n';
    expect((await stream({ 'p.ndjson': pixels }, { uri: 'in/p.ndjson' })).rows).toEqual([
      [1, [1, 2, 3, 4]],
      [2, [1, 2]],
    ]);
    const wide = '[{"a":1,"b":2,"c":3,"d":4},{"a":1}]';
    expect((await stream({ 'w.json': wide }, { uri: 'in/w.json' })).rows).toMatchObject([
      [1, [1, 2, 3, 4]],
      [1, code],
    ]);
  });

  it('reads columns of Arrow without labels: a list of pixels, and one for each pixel', async () => {
    const list = await writeArrow([{ pixels: [1, 2, 3, 4], id: 'a' }], {
      pixels: { list: 'number' },
      id: 'text',
    });
    expect((await stream({ 'a.arrow': list }, { uri: 'in/a.arrow' })).rows).toEqual([
      [1, [1, 2, 3, 4]],
    ]);
    const names = ['p0', 'p1', 'p2', 'p3'];
    const columns = Object.fromEntries(names.map((name) => [name, 'integer' as const]));
    const wide = await writeArrow([{ p0: 9, p1: 8, p2: 7, p3: 6 }], columns);
    expect((await stream({ 'a.arrow': wide }, { uri: 'in/a.arrow' })).rows).toEqual([
      [1, [9, 8, 7, 6]],
    ]);
  });

  it('reads columns of Parquet without labels: one for each pixel, and encoded images', async () => {
    const names = ['p0', 'p1', 'p2', 'p3'];
    const type = types.INT32;
    const wide = parquetFile({
      fields: names.map((name) => ({ name, type })),
      groups: [
        {
          rows: 2,
          columns: names.map((name, at) => ({
            path: [name],
            type,
            pages: [dataPage(2, int32s(at, at + 10))],
          })),
        },
      ],
    });
    expect((await stream({ 'a.parquet': wide }, { uri: 'in/a.parquet' })).rows).toEqual([
      [1, [0, 1, 2, 3]],
      [2, [10, 11, 12, 13]],
    ]);
    const column = { name: 'image', type: types.BYTE_ARRAY };
    const encoded = parquetFile({
      fields: [column],
      groups: [
        {
          rows: 2,
          columns: [
            {
              path: ['image'],
              type: column.type,
              pages: [dataPage(2, byteArrays(await png(1), 'no image'))],
            },
          ],
        },
      ],
    });
    const spec = { uri: 'in/a.parquet', imageColumn: 'image' };
    expect((await stream({ 'a.parquet': encoded }, spec)).rows).toEqual([
      [1, 'row 1', (await png(1)).length],
      [2, 'row 2', 8],
    ]);
  });

  it('reads records of TensorFlow without labels', async () => {
    const file = tfRecords([{ 'image/encoded': await png(1) }, { 'image/encoded': await png(2) }]);
    const { rows } = await stream({ 'a.tfrecord': file }, { uri: 'in/a.tfrecord' });
    expect(rows).toEqual([
      [1, 'record 1', (await png(1)).length],
      [2, 'record 2', (await png(2)).length],
    ]);
  });

  it('reads IDX files with their labels', async () => {
    const files = {
      'train-images.idx3-ubyte': idx([2, 2, 2], Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])),
      'train-labels.idx1-ubyte': idx([2], Buffer.from([0, 1])),
    };
    expect((await stream(files, { uri: 'in' }, 1)).rows).toEqual([[2, [5, 6, 7, 8]]]);
  });

  it('has the same listing for the same files, and another for others or for changed ones', async () => {
    const one = await listing({ 'a.png': 'x', 'b.png': 'y' });
    expect(one).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await listing({ 'a.png': 'x', 'b.png': 'y' })).toBe(one);
    expect(await listing({ 'a.png': 'x', 'b.png': 'yy' })).not.toBe(one);
    expect(await listing({ 'a.png': 'x', 'c.png': 'y' })).not.toBe(one);
    expect(await listing({ 'a.png': 'x', 'b.png': 'y' }, 1_700_000_001)).not.toBe(one);
  });

  it('has the same listing for the same upload sent again later, and another for other bytes', async () => {
    const one = await sent('1,2,3,4\n', 1_700_000_000);
    expect(await sent('1,2,3,4\n', 1_700_000_001)).toBe(one);
    expect(await sent('1,2,3,5\n', 1_700_000_000)).not.toBe(one);
  });

  it('refuses what holds nothing to predict from', async () => {
    await expect(stream({ 'notes.txt': '' }, { uri: 'in' })).rejects.toMatchObject({
      statusCode: 422,
    });
    await expect(stream({ 'a.png': 'x' }, { uri: '../' })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_FORBIDDEN',
    });
  });
});
