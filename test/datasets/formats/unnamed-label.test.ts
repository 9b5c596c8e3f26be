import { describe, expect, it } from 'vitest';
import { createUnnamedColumns } from '../../../src/datasets/formats/unnamed-label.ts';
import { isLabelColumnRefusal } from '../../../src/datasets/label-column.ts';

type Rows = readonly (readonly (string | number)[])[];

function columnsOf(rows: Rows) {
  const columns = createUnnamedColumns();
  for (const row of rows) columns.add(row.map(String));
  return columns;
}

const isEnough = (rows: Rows): boolean => columnsOf(rows).isEnough();

/** The position of the label, or that it is asked for. */
function labelOf(rows: Rows): number | 'asked' {
  try {
    return columnsOf(rows).label();
  } catch (error) {
    if (isLabelColumnRefusal(error)) return 'asked';
    throw error;
  }
}

/** Rows whose first and last cells go through some values again and again, 20 of them unless said. */
const between = (first: Rows[number], last: Rows[number], count = 20): Rows =>
  Array.from({ length: count }, (_, row) => [
    first[row % first.length]!,
    9,
    last[row % last.length]!,
  ]);

const repeated = (value: number, times: number) => Array.from({ length: times }, () => value);
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, at) => at + from);

describe('the label of a table without a header', () => {
  it.each<[string, Rows, number]>([
    ['the only one of words', between([1, 2], [3]).map((row) => [...row, 'cat', 5]), 3],
    [
      'also where some are missing',
      [
        [1, 'a', 2],
        [1, 'b', 2],
        [1, '', 2],
      ],
      1,
    ],
    ['the first where several are', between([1], [2]).map((row) => [5, 'a', ...row, 'b']), 0],
    [
      'the first where half of one are',
      [
        [1, 'a', 2],
        [1, 3, 2],
      ],
      0,
    ],
  ])('is the column of words: %s', (_, rows, label) => {
    expect(labelOf(rows)).toBe(label);
  });

  it('is the first in less than ten rows, and where there are but two columns', () => {
    expect(labelOf(between([9], [0, 1, 2], 9))).toBe(0);
    expect(labelOf(between([9], [0, 1, 2], 10))).toBe(2);
    expect(labelOf(between([9], [0, 1, 2]).map(([first, , last]) => [first!, last!]))).toBe(0);
  });

  it.each<[string, Rows[number], Rows[number], number | 'asked']>([
    ['only the first counts', [0, 1, 2], [7, 30, 200], 0],
    ['only the first counts, and the last is always the same', [0, 1, 2], [7], 0],
    ['both count', [0, 1, 2], [0, 1, 2], 'asked'],
    ['neither does, and the last varies', [0, 30, 200], [0, 40, 100], 0],
    ['neither does, and both are always the same', [0], [0], 0],
    ['the first is mostly black, and the last always', [0, 0, 0, 30, 200], [0], 'asked'],
    ['the same, written with a point', ['0.0', '0.0', 30, 200], [0], 'asked'],
    ['the first is never black, and the last always', [5, 30, 200], [0], 0],
    ['only the last counts, and the first is always the same', [0], [0, 1, 2], 2],
    ['the first has more values than a quarter of the rows', upTo(6, 10), [0, 1, 2], 2],
    ['the first has as many as a quarter of them', upTo(5, 10), [0, 1, 2], 'asked'],
    ['only the last counts, but to two', [9], [0, 1], 'asked'],
    [
      'one of its classes is three rows of five',
      [9],
      [...repeated(0, 12), ...repeated(1, 4), ...repeated(2, 4)],
      2,
    ],
    [
      'one of its classes is more',
      [9],
      [...repeated(0, 13), ...repeated(1, 4), ...repeated(2, 3)],
      'asked',
    ],
  ])('is told by its ends: %s', (_, first, last, label) => {
    expect(labelOf(between(first, last))).toBe(label);
  });

  it.each<[string, Rows[number], boolean]>([
    ['from 0', [0, 1, 2], true],
    ['from 1', [1, 2, 3], true],
    ['from 2', [2, 3, 4], false],
    ['from below', [-1, 0, 1], false],
    ['halves', [0, 0.5, 1], false],
    ['written otherwise', ['00', '1.0', '2', '02', '1e0'], true],
    ['half as many as rows', upTo(10), true],
    ['more', upTo(11), false],
    ['four of five', [0, 1, 2, 4], true],
    ['four of six', [0, 1, 2, 5], false],
    ['some missing', [0, 1, 2, ''], false],
    ['always the same', [1], false],
  ])('counts when its numbers follow each other: %s', (_, last, isCounting) => {
    expect(labelOf(between([9], last))).toBe(isCounting ? 2 : 0);
  });

  it('is looked for in rows as long as the first', () => {
    const rows = between([9], [0, 1, 2]);
    const odd = upTo(15).map((value) => [9, 9, value * 7, value * 5, value * 3, 'a', 'b']);
    expect(labelOf([...rows, ...odd, [9]])).toBe(2);
  });

  it('is known after 200 rows, or as soon as one end varies', () => {
    expect(isEnough(between([0, 1], [5, 6], 199))).toBe(false);
    expect(isEnough(between([0, 1], [5], 200))).toBe(true);
    expect(isEnough(between([0], [5, 6], 200))).toBe(true);
    expect(isEnough(between([0], [5], 200))).toBe(false);
    expect(isEnough(between([0], [5], 200).map((row) => [row[0]!, 'cat', row[2]!]))).toBe(true);
  });
});
