import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkParquetColumns,
  readParquetRows,
} from '../../../../src/datasets/formats/parquet/parquet-rows.ts';
import type { ImageReference } from '../../../../src/datasets/images/image-reference.ts';
import type { FoundLabel, LabelColumn } from '../../../../src/datasets/label-column.ts';
import { createPixelScale } from '../../../../src/datasets/pixels/pixel-range.ts';
import type { Row } from '../../../../src/datasets/row.ts';
import {
  byteArrays,
  dataPage,
  int32s,
  levels,
  parquetFile,
  repetitions,
  run,
  types,
  type TestColumn,
  type TestField,
  type TestFile,
} from '../../../support/parquet.ts';
import { allOf, canSeeOpenFiles, fileOnDisk, timesOpen, unlimited } from '../../disk-files.ts';

interface Request {
  readonly labelColumn?: LabelColumn;
  readonly isLabelOutside?: boolean;
  readonly isUntold?: boolean;
  readonly blockBytes?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** The rows of a file, the images among them, and where its label was found. */
async function readerOf(file: TestFile | Buffer, request: Request = {}) {
  const { labelColumn, isLabelOutside, blockBytes, maxBytes = 1e9, signal } = request;
  const { path } = await fileOnDisk(Buffer.isBuffer(file) ? file : parquetFile(file));
  const images: ImageReference[] = [];
  const found: FoundLabel[] = [];
  const options = {
    limits: { maxBytes },
    signal,
    labelColumn,
    isLabelOutside,
    imageColumn: undefined,
    expected: {},
    scale: createPixelScale(undefined),
    onLabel: request.isUntold ? undefined : (label: FoundLabel) => void found.push(label),
    async *decode(references: AsyncIterable<ImageReference>): AsyncGenerator<Row> {
      for await (const reference of references) {
        images.push(reference);
        yield { line: reference.line, label: undefined, values: [] };
      }
    },
  };
  return { rows: readParquetRows(path, options, blockBytes), images, found, path };
}

async function read(file: TestFile | Buffer, request?: Request) {
  const reader = await readerOf(file, request);
  return { ...reader, rows: await allOf(reader.rows) };
}

const { INT32, BYTE_ARRAY } = types;
const label: TestField = { name: 'label', type: INT32 };
const pixel = (name: string): TestField => ({ name, type: INT32 });
/** A column of whole numbers, in pages of some of them. */
const column = (name: string, ...pages: number[][]): TestColumn => ({
  path: [name],
  type: INT32,
  pages: pages.map((numbers) => dataPage(numbers.length, int32s(...numbers))),
});
const group = (rows: number, ...columns: TestColumn[]) => ({ rows, columns });

const shown = (rows: readonly Row[]) =>
  rows.map((row) =>
    'problem' in row ? [row.line, row.problem] : [row.line, row.label, Array.from(row.values)],
  );
const refusal = (reason: string) => ({
  code: 'GLIMPSE_DATASET_INVALID',
  message: expect.stringContaining(`Parquet: ${reason}`),
});
const unequal = refusal('its columns do not have as many rows as it says');

describe('the rows of a Parquet file', () => {
  const fields = [label, pixel('a'), pixel('b')];
  const five: TestFile = {
    fields,
    groups: [
      group(
        4,
        column('label', [0, 1], [2, 3]),
        column('a', [1, 2], [3], [4]),
        column('b', [5, 6, 7, 8]),
      ),
      group(1, column('label', [4]), column('a', [9]), column('b', [10])),
    ],
  };
  const ofFive = [
    [1, 0, [1, 5]],
    [2, 1, [2, 6]],
    [3, 2, [3, 7]],
    [4, 3, [4, 8]],
    [5, 4, [9, 10]],
  ];

  it.each([undefined, 1, 2, 4, 6, 8, 100])(
    'are put together of columns, however many at a time: of %s bytes',
    async (blockBytes) => {
      const { rows, found } = await read(five, blockBytes === undefined ? {} : { blockBytes });
      expect(shown(rows)).toEqual(ofFive);
      expect(found).toEqual([{ column: 'label', by: 'name' }]);
    },
  );

  it('come before what is wrong with later pages, and are refused from there on', async () => {
    const broken = dataPage(2, Buffer.alloc(0), 77);
    const a = column('a', [1, 2]);
    const file = {
      fields,
      groups: [
        group(
          4,
          column('label', [0, 1, 2, 3]),
          { ...a, pages: [...a.pages, broken] },
          column('b', [1, 2], [3, 4]),
        ),
      ],
    };
    const { rows } = await readerOf(file, { blockBytes: 4 });
    const met: Row[] = [];
    const reading = (async () => {
      for await (const row of rows) met.push(row);
    })();
    await expect(reading).rejects.toMatchObject(refusal('a page has an encoding that is not read'));
    expect(shown(met)).toEqual([
      [1, 0, [1, 1]],
      [2, 1, [2, 2]],
    ]);
  });

  it('have the label that is asked for, with the names that Hugging Face keeps for its numbers', async () => {
    const keyValues = {
      huggingface: JSON.stringify({ info: { features: { b: { names: ['x', 'y'] } } } }),
    };
    const file = {
      fields,
      groups: [
        group(3, column('label', [7, 8, 9]), column('a', [3, 4, 5]), column('b', [1, 0, 2])),
      ],
      keyValues,
    };
    const { rows, found } = await read(file, { labelColumn: 'b' });
    expect(shown(rows)).toEqual([
      [1, 'y', [7, 3]],
      [2, 'x', [8, 4]],
      [3, 2, [9, 5]],
    ]);
    expect(found).toEqual([{ column: 'b', by: 'request' }]);
  });

  it.each<[string, TestColumn[]]>([
    ['labels', [column('label', [1]), column('a', [1, 2]), column('b', [1, 2])]],
    ['pixels', [column('label', [1, 2]), column('a', [1, 2]), column('b', [1])]],
  ])('are refused when there are fewer %s', async (_, columns) => {
    await expect(read({ fields, groups: [group(2, ...columns)] })).rejects.toMatchObject(unequal);
  });

  it('are refused when a row group lacks a column, or describes none', async () => {
    const groups = [group(1, column('label', [1]), column('a', [1]))];
    const lacking = refusal('a row group lacks the column "b"');
    await expect(read({ fields, groups })).rejects.toMatchObject(lacking);
  });

  it('are refused in a row group larger than a dataset may be, and only then', async () => {
    const groups = [
      { ...group(1, column('label', [1]), column('a', [1]), column('b', [1])), bytes: 50 },
    ];
    expect((await read({ fields, groups }, { maxBytes: 50 })).rows).toHaveLength(1);
    await expect(read({ fields, groups }, { maxBytes: 49 })).rejects.toMatchObject(
      refusal('a row group has more than 49 bytes'),
    );
  });

  const list: TestField = {
    name: 'p',
    children: [
      { name: 'list', repetition: repetitions.REPEATED, children: [{ name: 'item', type: INT32 }] },
    ],
  };
  const lists = (repetition: number[], numbers: number[]): TestColumn => ({
    path: ['p', 'list', 'item'],
    type: INT32,
    pages: [
      dataPage(
        numbers.length,
        Buffer.concat([
          levels(...repetition.map((level) => run(1, level))),
          levels(run(numbers.length, 1)),
          int32s(...numbers),
        ]),
      ),
    ],
  });

  it('are lists, in several row groups', async () => {
    const file = {
      fields: [label, list],
      groups: [
        group(2, column('label', [5, 6]), lists([0, 1, 0], [1, 2, 3])),
        group(1, column('label', [7]), lists([0], [4])),
      ],
    };
    expect(shown((await read(file)).rows)).toEqual([
      [1, 5, [1, 2]],
      [2, 6, [3]],
      [3, 7, [4]],
    ]);
    const fewer = { ...file, groups: [group(2, column('label', [5, 6]), lists([0, 1], [1, 2]))] };
    await expect(read(fewer)).rejects.toMatchObject(unequal);
    const none = { ...file, groups: [group(1, column('label', [5]), lists([1, 1], [1, 2]))] };
    expect((await read(none)).rows).toEqual([
      { line: 1, problem: 'its pixels are nested unevenly' },
    ]);
  });

  it('are images, whose label text may come as bytes', async () => {
    const image: TestField = { name: 'image', type: BYTE_ARRAY, repetition: repetitions.OPTIONAL };
    const kinds: TestColumn = {
      path: ['label'],
      type: BYTE_ARRAY,
      pages: [dataPage(2, byteArrays('cat', 'é'))],
    };
    const file = (rows: number) => ({
      fields: [{ ...label, type: BYTE_ARRAY, converted: 0 }, image],
      groups: [
        group(
          rows,
          { ...kinds, pages: [dataPage(2, byteArrays('cat', 'é'))] },
          {
            path: ['image'],
            type: BYTE_ARRAY,
            pages: [
              dataPage(
                2,
                Buffer.concat([levels(run(1, 1), run(1, 0)), byteArrays(Buffer.of(1, 2, 3))]),
              ),
            ],
          },
        ),
      ],
    });
    const { images } = await read(file(2));
    expect(images).toMatchObject([
      { line: 1, name: 'row 1', label: 'cat' },
      { line: 2, name: 'row 2', problem: 'it holds no bytes' },
    ]);
    await expect(read(file(3))).rejects.toMatchObject(unequal);
  });

  it('stop with the reason of whoever gives up', async () => {
    const stop = new AbortController();
    const { rows } = await readerOf(five, { blockBytes: 2, signal: stop.signal });
    const reason = new Error('enough');
    const reading = (async () => {
      for await (const _ of rows) stop.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });

  it.skipIf(!canSeeOpenFiles)('are of a file that is closed afterwards', async () => {
    const { path, rows } = await readerOf(five);
    for await (const _ of rows) {
      expect(timesOpen(path)).toBe(1);
      break;
    }
    expect(timesOpen(path)).toBe(0);
    const broken = await readerOf(Buffer.from('no Parquet, by no means'));
    await expect(allOf(broken.rows)).rejects.toThrow('is it cut off');
    expect(timesOpen(broken.path)).toBe(0);
  });
});

const fixture = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, '..', '..', 'parquet-files', `${name}.parquet`));

describe('the rows of a Parquet file of other writers', () => {
  it('have no label where that stands outside, and nobody needs to be told of one', async () => {
    const pages = await fixture('forms-of-0');
    const { rows, found } = await read(pages, { isLabelOutside: true });
    expect(found).toEqual([]);
    expect(rows).toHaveLength(14);
    expect(rows[0]).toMatchObject({ line: 1, label: undefined });
    const untold = await read(await fixture('list-uint8-zstd'), { isUntold: true });
    expect(untold.rows).toHaveLength(12);
  });

  it('are lists of lists, each of its own shape', async () => {
    const { rows } = await read(await fixture('list-of-lists-brotli'));
    expect(rows[0]).toMatchObject({ line: 1, shape: { width: 4, height: 4, channels: 1 } });
  });

  it('are images of Spark, with what is wrong with some', async () => {
    const { images } = await read(await fixture('spark-images-odd'));
    expect(images.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(images[0]).toMatchObject({ line: 1, label: expect.anything() });
    expect(images[0]).not.toHaveProperty('problem');
    expect(images[3]).toMatchObject({ problem: 'it holds no image' });
  });

  it('are vectors of Spark, with what is wrong with some, and no label of those', async () => {
    const { rows } = await read(await fixture('spark-vectors-odd'));
    expect(
      rows.map((row) =>
        'problem' in row ? row : { ...row, values: [...(row.values as number[])] },
      ),
    ).toEqual([
      { line: 1, label: 0, values: [0, 200, 0, 9] },
      { line: 2, problem: 'its vector has a value at 4 of 4' },
      {
        line: 3,
        problem: 'its vector has 1073741824 values; at most 3145728 are read',
      },
      { line: 4, problem: 'it holds no vector' },
      { line: 5, label: 1, values: [1, 2, 3, 255] },
      { line: 6, problem: 'its vector has not as many values as indices' },
    ]);
  });
});

describe('the footer of a Parquet file', () => {
  const fields = [label, pixel('a')];
  const whole = parquetFile({ fields, groups: [] });
  const withEnd = (length: number, mark = 'PAR1') => {
    const end = Buffer.concat([int32s(length), Buffer.from(mark)]);
    return Buffer.concat([whole.subarray(0, -8), end]);
  };

  it('may be all there is', async () => {
    expect((await read(whole)).rows).toEqual([]);
    const { path } = await fileOnDisk(whole);
    await checkParquetColumns(path, {
      ...unlimited,
      labelColumn: undefined,
      imageColumn: undefined,
    });
  });

  it.each<[string, Buffer, string]>([
    ['encrypted', withEnd(10, 'PARE'), 'its footer is encrypted'],
    ['of another end', withEnd(10, 'PAR2'), 'it does not end as Parquet does'],
    [
      'of less than any file has',
      Buffer.concat([int32s(0), Buffer.from('PAR1')]),
      'it does not end as Parquet does',
    ],
    [
      'one byte longer than the file',
      withEnd(whole.length - 11),
      'its footer has a length that cannot be',
    ],
    ['that is none', Buffer.concat([Buffer.from('PAR1'), int32s(0), Buffer.from('PAR1')]), ''],
  ])('is refused: one %s', async (_, bytes, reason) => {
    await expect(read(bytes)).rejects.toMatchObject(refusal(reason));
    const { path } = await fileOnDisk(bytes);
    const choice = { labelColumn: undefined, imageColumn: undefined };
    await expect(checkParquetColumns(path, { ...unlimited, ...choice })).rejects.toMatchObject(
      refusal(reason),
    );
  });

  it('is refused when it is longer than a dataset may be, or has no label', async () => {
    const { path } = await fileOnDisk(whole);
    const check = (maxBytes: number, labelColumn?: string) =>
      checkParquetColumns(path, { limits: { maxBytes }, labelColumn, imageColumn: undefined });
    await check(whole.length - 12);
    await expect(check(whole.length - 13)).rejects.toMatchObject(
      refusal('its footer has a length that cannot be'),
    );
    await expect(check(1000, 'kind')).rejects.toThrow('no column "kind"');
  });
});
