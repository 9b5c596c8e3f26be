import { describe, expect, it } from 'vitest';
import { readListRuns } from '../../../../src/datasets/formats/parquet/column-runs.ts';
import {
  dataPage,
  doubles,
  encodings,
  levels,
  repetitions,
  run,
  types,
  type TestField,
  type TestPage,
} from '../../../support/parquet.ts';
import { allOf } from '../../disk-files.ts';
import { columnOf, dictionary } from './one-column.ts';

/** A page of numbers, which begin a row where `repetition` is 0. */
const page = (repetition: readonly number[], numbers: readonly number[]): TestPage => {
  const body = [
    levels(...repetition.map((level) => run(1, level))),
    levels(run(numbers.length, 1)),
    doubles(...numbers),
  ];
  return dataPage(numbers.length, Buffer.concat(body));
};

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

describe('the rows of a column of lists', () => {
  const field: TestField = {
    name: 'x',
    children: [
      {
        name: 'list',
        repetition: repetitions.REPEATED,
        children: [{ name: 'item', type: types.DOUBLE }],
      },
    ],
  };
  const rowsOf = async (pages: readonly TestPage[]) => {
    const runs = await allOf(readListRuns(columnOf(pages, { field })));
    let next = 0;
    for (const { first, values } of runs) {
      expect(first).toBe(next);
      next += values.length;
    }
    return runs.flatMap(({ values }) => Array.from(values));
  };
  const shown = async (pages: readonly TestPage[]) =>
    (await rowsOf(pages)).map(({ values, repetition }) => {
      expect(repetition).toEqual(Uint8Array.from(values, (_, at) => (at === 0 ? 0 : 1)));
      return [...values];
    });

  it.each<[string, TestPage[], number[][]]>([
    ['in one page', [page([0, 1, 0, 0, 1, 1], [1, 2, 3, 4, 5, 6])], [[1, 2], [3], [4, 5, 6]]],
    [
      'that end with a page',
      [page([0, 1], [1, 2]), page([0, 1], [3, 4])],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'that go on in the next',
      [page([0, 1], [1, 2]), page([1, 0, 0], [3, 4, 5])],
      [[1, 2, 3], [4], [5]],
    ],
    [
      'over three pages',
      [page([0], [1]), page([1, 1], [2, 3]), page([1, 0], [4, 5])],
      [[1, 2, 3, 4], [5]],
    ],
    [
      'beside a page of nothing',
      [page([0], [1]), dataPage(0, Buffer.alloc(0)), page([1], [2])],
      [[1, 2]],
    ],
    ['of no page', [], []],
  ])('are put together: %s', async (_, pages, expected) => {
    expect(await shown(pages)).toEqual(expected);
  });

  it('are doubles of a dictionary, too', async () => {
    const body = [
      levels(run(1, 0), run(1, 1)),
      levels(run(2, 1)),
      Buffer.of(1),
      run(1, 1),
      run(1, 0),
    ];
    const pages = [
      dictionary(doubles(0.5, 7), 2),
      dataPage(2, Buffer.concat(body), encodings.RLE_DICTIONARY),
    ];
    expect(await shown(pages)).toEqual([[7, 0.5]]);
  });

  it('may be longer than a call has arguments', async () => {
    const count = 200_000;
    const long = (level: number) => {
      const first = run(1, level);
      const rest = Buffer.concat([varint((count - 1) * 2), Buffer.of(1)]);
      const all = Buffer.concat([varint(count * 2), Buffer.of(1)]);
      return dataPage(
        count,
        Buffer.concat([levels(first, rest), levels(all), Buffer.alloc(count * 8, 1)]),
      );
    };
    const rows = await rowsOf([long(0), long(1), long(1)]);
    expect(rows.map(({ values }) => values.length)).toEqual([3 * count]);
  });
});
