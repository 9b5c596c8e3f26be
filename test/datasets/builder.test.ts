import { describe, expect, it } from 'vitest';
import { pixelsProvenance } from '../../src/image/provenance.ts';
import { errors, withDetails, type GlimpseError } from '../../src/errors.ts';
import { countBadRows } from '../../src/datasets/bad-rows.ts';
import { createDatasetBuilder, type BuilderOptions } from '../../src/datasets/builder.ts';
import { createPixelScale } from '../../src/datasets/pixels/pixel-range.ts';
import { refuseAtOnce } from '../../src/datasets/refusal.ts';
import type { ExampleRow, Row } from '../../src/datasets/row.ts';
import { refusalOf } from '../support/refusal-of.ts';

/** A counter, with what it has refused and told. */
function counter(
  maxBadRows: number,
  { maxExamples = 1000, cause = undefined as GlimpseError | undefined } = {},
) {
  const refused: GlimpseError[] = [];
  const told: [number, string][] = [];
  const bad = countBadRows(
    {
      maxBadRows,
      maxExamples,
      refuse: (error) => refused.push(error),
      observer: { onBadRow: ({ line }, problem) => told.push([line, problem]) },
    },
    () => cause,
  );
  const add = (count: number) => {
    for (let line = 1; line <= count; line += 1) bad.add({ line }, { problem: `no ${line}` });
  };
  return { ...bad, addMany: add, refused, told };
}

describe('rows that cannot be used', () => {
  it.each([
    [0, 1, 100, true],
    [1, 1, 100, false],
    [1, 2, 100, true],
    [0.02, 2, 100, false],
    [0.02, 2, 99, true],
    [0.999, 1, 2, false],
    [2.9, 2, 3, false],
  ])('are at most %d: of %d among %d that is too many: %o', (max, count, rows, isTooMany) => {
    const bad = counter(max);
    bad.addMany(count);
    bad.judge(rows);
    expect(bad.refused.length > 0).toBe(isTooMany);
  });

  it('are refused as soon as it is sure, and once', () => {
    const bad = counter(0.1, { maxExamples: 20 });
    bad.addMany(2);
    expect(bad.refused).toEqual([]);
    bad.addMany(2);
    expect(bad.judge(4)).toMatchObject({ count: 4 });
    expect(bad.refused).toHaveLength(1);
    expect(bad.refused[0]).toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      message: expect.stringMatching(/3 of the first rows .*10 %/),
      details: {
        badRows: { count: 3, rows: [{ line: 1, reason: 'no 1' }, { line: 2 }, { line: 1 }] },
      },
    });
    expect(bad.told).toEqual([
      [1, 'no 1'],
      [2, 'no 2'],
      [1, 'no 1'],
      [2, 'no 2'],
    ]);
  });

  it('are counted against the rows there were, in numbers', () => {
    const bad = counter(3);
    bad.addMany(3);
    bad.judge(5);
    bad.add({ line: 9, entry: 'x', element: 2 }, { problem: 'no' });
    expect(bad.refused[0]!.message).toMatch(/4 of the first rows .*\b3\b/);
    const one = counter(1);
    one.addMany(2);
    expect(one.refused[0]!.message).toContain('at most 1 may be');
    const share = counter(0.5);
    share.addMany(3);
    share.judge(5);
    expect(share.refused[0]!.message).toMatch(/3 of 5 rows .*50 %/);
  });

  it('are refused for their common cause where there is one, with its details', () => {
    const cause = withDetails(new errors.GLIMPSE_DATASET_INVALID('why'), { option: 'range' });
    const bad = counter(0, { cause });
    bad.add({ line: 1 }, { problem: 'no', option: 'shape', values: [1] });
    expect(bad.refused[0]).toMatchObject({ code: 'GLIMPSE_DATASET_INVALID' });
    expect(bad.refused[0]!.details).toEqual({
      option: 'range',
      badRows: { count: 1, rows: [{ line: 1, reason: 'no' }] },
    });
  });

  it.each([
    [[{ problem: 'a', option: 'shape', values: [1] }], { option: 'shape', values: [1] }],
    [[{ problem: 'a', option: 'shape', values: [] }], { option: 'shape' }],
    [[{ problem: 'a', option: 'shape' }], { option: 'shape' }],
    [
      [
        { problem: 'a', option: 'shape', values: [1] },
        { problem: 'b', option: 'shape', values: [2] },
      ],
      { option: 'shape', values: [1] },
    ],
    [[{ problem: 'a', option: 'shape' }, { problem: 'b' }], {}],
    [[{ problem: 'a' }, { problem: 'b', option: 'shape' }], {}],
  ] as const)('name what would decide all of them: %j', (problems, expected) => {
    const bad = counter(problems.length - 1);
    for (const problem of problems) bad.add({ line: 1 }, problem);
    const { badRows: _, ...decided } = bad.refused[0]!.details!;
    expect(decided).toEqual(expected);
  });
});

const usual: BuilderOptions = {
  offset: 0,
  limit: Number.POSITIVE_INFINITY,
  maxExamples: 1000,
  maxBadRows: 0,
  scale: createPixelScale(undefined),
  leastMaximum: 0,
  isTable: false,
  refuse: refuseAtOnce,
  observer: {},
};

const outside = (line: number): Row => ({ line, problem: 'outside', isOutside: true });

const row = (line: number, label: unknown, ...values: number[]): ExampleRow => ({
  line,
  label,
  values,
});

function build(rows: readonly Row[], options: Partial<BuilderOptions> = {}) {
  const builder = createDatasetBuilder({
    ...usual,
    scale: createPixelScale(undefined),
    ...options,
  });
  for (const one of rows) if (!builder.add(one)) break;
  return builder.finish();
}

describe('a dataset that is built of rows', () => {
  it('leaves out those whose label turns out to be none, and says which', () => {
    const removed: number[][] = [];
    const kept: [number, number][] = [];
    const bad: number[] = [];
    const { dataset, badRows, rowsRead, damaged } = build(
      [
        { ...row(1, '5', 10), provenance: { ...pixelsProvenance, isDamaged: true } },
        row(2, 'nan', 20),
        { line: 3, problem: 'broken' },
        row(4, '3', 30),
        row(5, 'none', 40),
        row(6, '5', 50),
      ],
      {
        maxBadRows: 3,
        observer: {
          onExample: (index, { line }) => kept.push([index, line]),
          onRemoved: (indices) => removed.push([...indices]),
          onBadRow: ({ line }) => bad.push(line),
        },
      },
    );
    expect(dataset.classes).toEqual(['3', '5']);
    expect([[...dataset.labels], [...dataset.pixels]]).toEqual([
      [1, 0, 1],
      [10, 30, 50],
    ]);
    expect(badRows).toEqual({
      count: 3,
      rows: [
        { line: 3, reason: 'broken' },
        { line: 2, reason: 'the label is missing' },
        { line: 5, reason: 'the label is missing' },
      ],
    });
    expect(kept).toEqual([
      [0, 1],
      [1, 2],
      [2, 4],
      [3, 5],
      [4, 6],
    ]);
    expect([removed, bad, rowsRead]).toEqual([[[1, 3]], [3, 2, 5], 6]);
    expect(damaged).toEqual({ count: 1, rows: [{ line: 1 }] });
  });

  it('says nothing of removed rows where there are none, though labels looked like it', () => {
    const removed: unknown[] = [];
    const { dataset, damaged } = build([row(1, 'none', 1), row(2, 'tall', 2)], {
      observer: { onRemoved: (indices) => removed.push(indices) },
    });
    expect([dataset.classes, removed]).toEqual([['none', 'tall'], []]);
    expect([...dataset.labels]).toEqual([0, 1]);
    expect(damaged).toEqual({ count: 0, rows: [] });
  });

  it('has the examples after the offset, up to the limit, bad rows aside', () => {
    const rows = [
      row(1, 'a', 1),
      { line: 2, problem: 'broken' },
      row(3, 'b', 2),
      row(4, 'a', 3),
      row(5, 'b', 4),
      row(6, 'c', 5),
    ];
    const { dataset, rowsRead } = build(rows, { offset: 1, limit: 3, maxBadRows: 1 });
    expect([[...dataset.pixels], dataset.classes, rowsRead]).toEqual([[2, 3, 4], ['a', 'b'], 5]);
  });

  it('takes as many examples as are allowed, and not one more', () => {
    const rows = [row(1, 'a', 1), row(2, 'b', 2), row(3, 'a', 3)];
    expect(build(rows, { maxExamples: 3 }).dataset.labels).toHaveLength(3);
    expect(refusalOf(() => build(rows, { maxExamples: 2 }))).toMatchObject({
      code: 'GLIMPSE_DATASET_TOO_LARGE',
    });
    expect(build(rows, { maxExamples: 2, offset: 1 }).dataset.labels).toHaveLength(2);
  });

  it('is refused when nothing is left', () => {
    const two = [row(1, '5', 1), row(2, 'nan', 2)];
    for (const [rows, options] of [
      [[], {}],
      [[row(1, '', 1)], { maxBadRows: 9 }],
      [two, { offset: 1, maxBadRows: 9 }],
      [[row(1, 'a', 1), row(2, 'b', 2)], { offset: 5 }],
    ] as const) {
      expect(refusalOf(() => build(rows, options))).toMatchObject({
        code: 'GLIMPSE_DATASET_EMPTY',
      });
    }
    expect(build([...two, row(3, '6', 3)], { maxBadRows: 1 }).dataset.classes).toEqual(['5', '6']);
  });

  it('says of a row without a label, and of one with a wrong value, why it is none', () => {
    const rows = [
      row(1, 'a', 1),
      row(2, '', 2),
      row(3, 'a', -7),
      row(4, 'b', 4),
      row(5, 'b', 1, 2),
    ];
    const { badRows } = build(rows, { maxBadRows: 3 });
    expect(badRows.rows).toEqual([
      { line: 2, reason: 'the label is missing' },
      { line: 3, reason: 'pixel 0 is not a number from 0 to 255' },
      { line: 5, reason: 'it has 2 pixels instead of 1' },
    ]);
  });

  it('is refused for a value outside of the range when most rows have one', () => {
    const scale = createPixelScale(undefined);
    scale.byteOf(-7);
    const ten = Array.from({ length: 10 }, (_, line) => outside(line));
    const refused = refusalOf(() => build(ten, { maxBadRows: 9, scale }));
    expect(refused).toMatchObject({ details: { option: 'range', min: -7 } });
    const values = Array.from({ length: 10 }, (_, line) => row(line, 'a', 300 + line));
    const wrong = refusalOf(() => build(values, { maxBadRows: 9 }));
    expect(wrong).toMatchObject({ details: { option: 'range', min: 300, max: 309 } });
    const good = Array.from({ length: 12 }, (_, line) => row(line, 'a', line));
    const other = [...good, { line: 13, problem: 'other', isOutside: false }];
    expect(refusalOf(() => build(other, { scale }))).toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
    });
    const nine = [...ten.slice(1), { line: 9, problem: 'other' }];
    expect(refusalOf(() => build(nine, { maxBadRows: 9, scale }))).toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
    });
  });

  const copied = Array.from({ length: 10 }, (_, line) => row(line, line % 2, line % 2, line));

  it('is judged by its labels where they were met, and by its pixels if it is a table', () => {
    const shape = { width: 2, height: 1, channels: 1 } as const;
    expect(refusalOf(() => build(copied, { shape, isTable: true }))).toMatchObject({
      message: expect.stringContaining('pixel 0 equals the label'),
    });
    expect(build(copied, { shape }).rowsRead).toBe(10);
    expect(build(copied, { shape, isTable: true, classes: ['0', '1'] }).rowsRead).toBe(10);
    const ones = copied.map((one) => ({ ...one, label: 'a' }));
    expect(refusalOf(() => build(ones, { shape }))).toMatchObject({
      message: expect.stringContaining('of one class ("a")'),
    });
  });
});
