import { describe, expect, it } from 'vitest';
import {
  sparkImageInRow,
  type SparkImage,
} from '../../../../src/datasets/formats/parquet/spark-images.ts';
import { readParquetRows } from '../../../../src/datasets/formats/parquet/parquet-rows.ts';
import { vectorValues } from '../../../../src/datasets/formats/parquet/spark-vectors.ts';
import { createPixelScale } from '../../../../src/datasets/pixels/pixel-range.ts';
import {
  dataPage,
  int32s,
  levels,
  parquetFile,
  repetitions,
  run,
  types,
} from '../../../support/parquet.ts';
import { allOf, fileOnDisk, unlimited } from '../../disk-files.ts';

const grey: SparkImage = { height: 1, width: 2, nChannels: 1, mode: 0, data: Uint8Array.of(1, 2) };

describe('an image of Spark', () => {
  it.each<[string, Partial<SparkImage>, string]>([
    ['no bytes', { data: null }, 'it holds no image'],
    ['text', { data: 'ab' }, 'it holds no image'],
    ['no height', { height: null }, 'it holds no image'],
    ['no width', { width: 2n }, 'it holds no image'],
    [
      'other channels than its mode',
      { nChannels: 3 },
      'it has pixels of the mode 0; CV_8UC1 and CV_8UC3 are read',
    ],
    ['an unknown mode', { mode: 5 }, 'it has pixels of the mode 5; CV_8UC1 and CV_8UC3 are read'],
    [
      'neither mode nor channels',
      { mode: null, nChannels: undefined },
      'it has pixels of the mode null; CV_8UC1 and CV_8UC3 are read',
    ],
    [
      'an alpha channel',
      { mode: 24, nChannels: 4 },
      'it has an alpha channel (CV_8UC4); CV_8UC1 and CV_8UC3 are read',
    ],
    ['too few bytes', { height: 2 }, 'it has 2 bytes instead of 2x2x1'],
    [
      'too few bytes for its colours',
      { mode: 16, nChannels: 3 },
      'it has 2 bytes instead of 2x1x3',
    ],
    ['a width of nothing', { width: 0, data: new Uint8Array() }, 'it has 0 bytes instead of 0x1x1'],
    [
      'a height of nothing',
      { height: 0, data: new Uint8Array() },
      'it has 0 bytes instead of 2x0x1',
    ],
    ['sides below zero', { width: -2, height: -1 }, 'it has 2 bytes instead of -2x-1x1'],
  ])('is none with its reason: %s', (_, changed, problem) => {
    expect(sparkImageInRow(7, 'a', { ...grey, ...changed })).toEqual({
      line: 7,
      name: 'row 7',
      problem,
    });
  });

  it('may be one pixel wide', () => {
    expect(sparkImageInRow(7, 'a', { ...grey, height: 2, width: 1 })).not.toHaveProperty('problem');
  });

  it('is a file of its bytes and its row, and none on the disk', async () => {
    const found = sparkImageInRow(7, 'a', grey);
    expect(found).toMatchObject({ line: 7, name: 'row 7', label: 'a' });
    const file = await (found as { find: () => Promise<{ local: () => Promise<unknown> }> }).find();
    expect(file).toMatchObject({ name: 'row 7', size: 2 });
    await expect(file.local()).rejects.toThrow('no file');
  });
});

const vector = (
  type: unknown,
  size: unknown,
  indices: readonly number[],
  values: readonly number[],
) => vectorValues({ type, size, indices, values: Float64Array.from(values) });

describe('a vector of Spark', () => {
  const MOST = 3 * 1024 * 1024;
  it.each<[string, Parameters<typeof vector>, readonly number[] | string]>([
    ['dense', [1, null, [], [1, 2]], [1, 2]],
    ['sparse', [0, 4, [0, 3], [5, 6]], [5, 0, 0, 6]],
    ['of nothing', [0, 0, [], []], []],
    ['sparse without a value', [0, 2, [Number.NaN], [Number.NaN]], [0, 0]],
    [
      'sparse without a value that has one',
      [0, 2, [Number.NaN, 0], [1, 2]],
      'its vector has a value at NaN of 2',
    ],
    ['of another type', [2, 2, [], []], 'it holds no vector'],
    ['of no size', [0, null, [], []], 'it holds no vector'],
    ['of a size below zero', [0, -1, [], []], `its vector has -1 values; at most ${MOST} are read`],
    [
      'too large',
      [0, MOST + 1, [], []],
      `its vector has ${MOST + 1} values; at most ${MOST} are read`,
    ],
    ['of fewer values', [0, 2, [0, 1], [1]], 'its vector has not as many values as indices'],
    ['of one index, and no value', [0, 2, [1], []], 'its vector has not as many values as indices'],
    ['with a value before it', [0, 2, [-1], [1]], 'its vector has a value at -1 of 2'],
    ['with a value behind it', [0, 2, [2], [1]], 'its vector has a value at 2 of 2'],
  ])('has its values, or a reason: %s', (_, given, expected) => {
    const values = vector(...given);
    expect(typeof values === 'string' ? values : [...values]).toEqual(expected);
  });

  it('may be as large as an image of 1024x1024 in colour', () => {
    expect(vector(0, MOST, [], [])).toHaveLength(MOST);
  });
});

const { INT32 } = types;
const listField = (name: string) => ({
  name,
  children: [
    {
      name: 'list',
      repetition: repetitions.REPEATED,
      children: [{ name: 'element', type: INT32 }],
    },
  ],
});
const numbers = (path: string[], ...all: number[]) => ({
  path,
  type: INT32,
  pages: [dataPage(all.length, int32s(...all))],
});
/** A number in each row, as a list of it. */
const lists = (name: string, ...all: number[]) => ({
  path: ['features', name, 'list', 'element'],
  type: INT32,
  pages: [
    dataPage(
      all.length,
      Buffer.concat([
        levels(...all.map(() => run(1, 0))),
        levels(run(all.length, 1)),
        int32s(...all),
      ]),
    ),
  ],
});

describe('the vectors of a file', () => {
  const fields = [
    { name: 'label', type: INT32 },
    {
      name: 'features',
      children: [
        { name: 'type', type: INT32 },
        { name: 'size', type: INT32 },
        listField('indices'),
        listField('values'),
      ],
    },
  ];
  const rowsOf = async (values: readonly number[]) => {
    const columns = [
      numbers(['label'], 5),
      numbers(['features', 'type'], 0),
      numbers(['features', 'size'], 3),
      lists('indices', 1),
      lists('values', ...values),
    ];
    const { path } = await fileOnDisk(parquetFile({ fields, groups: [{ rows: 1, columns }] }));
    return allOf(
      readParquetRows(path, {
        ...unlimited,
        labelColumn: undefined,
        imageColumn: undefined,
        expected: {},
        scale: createPixelScale(undefined),
        decode: () => {
          throw new Error('they are no images');
        },
      }),
    );
  };

  it('are refused where there are more of their values than rows', async () => {
    const [row] = await rowsOf([9]);
    expect(row).toMatchObject({ line: 1, label: 5 });
    await expect(rowsOf([9, 8])).rejects.toThrow('do not have as many rows as it says');
  });
});
