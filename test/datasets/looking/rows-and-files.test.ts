import { describe, expect, it } from 'vitest';
import { namesOf } from '../../../src/datasets/looking/looked-at.ts';
import { observeRows } from '../../../src/datasets/looking/observe-rows.ts';
import { understand } from '../../../src/datasets/looking/understand.ts';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';
import { example, lookedAt, size, understood } from './looked-datasets.ts';

describe('what is observed of rows', () => {
  it('is where they are, how large their images were, and the first label', () => {
    const rows = observeRows();
    const { onExample, onLabel, onRemoved } = rows.hooks;
    expect(rows.label()).toBeUndefined();
    onLabel!({ by: 'name', column: 'x' });
    onLabel!({ by: 'contents' });
    expect(rows.label()).toEqual({ by: 'name', column: 'x' });
    for (const [index, original] of [size(1, 2), undefined, size(3, 4), size(1, 2)].entries()) {
      onExample!(index, example(index + 10, original ? { original: { ...original } } : {}));
    }
    expect([0, 1, 2, 3].map(rows.originalOf)).toEqual([
      size(1, 2),
      undefined,
      size(3, 4),
      size(1, 2),
    ]);
    // The same size is held once.
    expect(rows.originalOf(3)).toBe(rows.originalOf(0));
    onRemoved!([0, 2]);
    expect([0, 1, 2].map(rows.originalOf)).toEqual([undefined, size(1, 2), undefined]);
    expect([0, 1].map((index) => rows.locations.of(index).line)).toEqual([11, 13]);
  });

  it('loses no size when examples without one are removed', () => {
    const rows = observeRows();
    rows.hooks.onExample!(0, example(1, { original: size(1, 2) }));
    for (const index of [1, 2]) rows.hooks.onExample!(index, example(index));
    rows.hooks.onRemoved!([1, 2]);
    rows.hooks.onExample!(1, example(4, { original: size(5, 6) }));
    expect([0, 1].map(rows.originalOf)).toEqual([size(1, 2), size(5, 6)]);
  });

  it('are the spellings of labels that are text, up to twenty thousand', () => {
    const rows = observeRows();
    for (const label of ['a', 'a ', 7, undefined, 'a'])
      rows.hooks.onExample!(0, example(1, { label }));
    expect([...rows.spellings()]).toEqual(['a', 'a ']);
    for (let at = 0; at < 20_010; at += 1) rows.hooks.onExample!(0, example(1, { label: `${at}` }));
    expect(rows.spellings().size).toBe(20_000);
  });

  it('are bad rows by their reason, whatever numbers and quotations differ in it', () => {
    const rows = observeRows();
    const bad = (line: number, problem: string, more: object = {}) =>
      rows.hooks.onBadRow!({ line, ...more }, problem);
    bad(1, 'it has 3 values');
    expect(rows.badKinds()).toEqual([{ reason: 'it has 3 values', count: 1, names: ['line 1'] }]);
    bad(2, 'it has 3 values');
    bad(3, 'no label');
    bad(4, 'it has 4.25 values', { element: 9 });
    bad(5, 'it has 57 values', { entry: 'x' });
    bad(6, 'class "a" is odd');
    bad(7, 'class "" is odd');
    expect(rows.badKinds()).toEqual([
      { reason: 'it has # values', count: 4, names: ['line 1', 'line 2', 'element 9'] },
      { reason: 'no label', count: 1, names: ['line 3'] },
      { reason: 'class "..." is odd', count: 2, names: ['line 6', 'line 7'] },
    ]);
    for (let at = 0; at < 60; at += 1) bad(at, `kind ${'x'.repeat(at)}`);
    bad(8, 'no label');
    expect(rows.badKinds()).toHaveLength(50);
    expect(rows.badKinds()[1]).toMatchObject({ count: 2, names: ['line 3', 'line 8'] });
  });

  it('names examples below the folder that lies apart', () => {
    const rows = observeRows();
    rows.hooks.onExample!(0, example(3, { entry: 'a/b.png' }));
    expect([namesOf(rows, undefined)(0), namesOf(rows, 'test')(0)]).toEqual([
      'a/b.png',
      'test/a/b.png',
    ]);
  });
});

describe('how a dataset is understood', () => {
  it.each<[string, DatasetSpec, DatasetSpec, string, object]>([
    ['request', { shape: size(1, 1) }, { shape: size(1, 1) }, 'csv', { shapeBy: 'request' }],
    ['assumption', { shape: size(1, 1) }, {}, 'csv', { shapeBy: 'assumption' }],
    ['default', {}, {}, 'images', { shapeBy: 'default' }],
    ['data', {}, {}, 'csv', { shapeBy: 'data' }],
  ])('says who told its shape: %s', (_, spec, asked, format, expected) => {
    expect(understood({ opened: { format: format as 'csv' } }, spec, asked)).toMatchObject(
      expected,
    );
  });

  it('says which layout was meant, where one was', () => {
    expect(understood({}, { layout: 'chw' })).toMatchObject({ layout: 'chw' });
    expect(understood({})).not.toHaveProperty('layout');
  });

  it.each<[DatasetSpec, DatasetSpec, object | undefined]>([
    [{}, {}, { column: 'x', by: 'name' }],
    [{ labelColumn: 'x' }, { labelColumn: 'x' }, { column: 'x', by: 'name' }],
    [{ labelColumn: 'x' }, {}, { column: 'x', by: 'assumption' }],
  ])('says who told its label: %j of %j', (spec, asked, expected) => {
    const looked = lookedAt();
    expect(understand(looked, spec, asked)).not.toHaveProperty('label');
    looked.rows.hooks.onLabel!({ column: 'x', by: 'name' });
    expect(understand(looked, spec, asked).label).toEqual(expected);
  });

  it.each<[readonly number[], DatasetSpec, DatasetSpec, object]>([
    [[0, 255, 255], {}, {}, { min: 0, max: 255, levels: 2, range: [0, 255], rangeBy: 'default' }],
    [
      [51, 102, 51],
      { range: [-1, 1] },
      {},
      { min: -0.6, max: -0.2, levels: 2, range: [-1, 1], rangeBy: 'assumption' },
    ],
    [
      [7],
      { range: 16 },
      { range: 16 },
      { min: 0.43922, max: 0.43922, levels: 1, range: [0, 16], rangeBy: 'request' },
    ],
  ])('tells the numbers as they stood: %j of %j', (pixels, spec, asked, values) => {
    const found = understood({ pixels }, spec, asked);
    expect(found.values).toEqual(values);
    expect(found).not.toHaveProperty('originals');
  });

  it('tells the sizes of images, the first of the smallest and of the largest', () => {
    const originals = [size(4, 2), undefined, size(2, 4, 3), size(1, 9, 3), size(9, 1), size(2, 4)];
    const found = understood({ originals });
    expect(found.originals).toEqual({ smallest: '4x2', largest: '1x9', colour: 2, grey: 3 });
    expect(found).not.toHaveProperty('values');
    expect(found.shape).toEqual(size(1, 1));
  });

  it('tells what black and white become in each channel', () => {
    const prepared = { scale: 1 / 255, mean: [0.5, 0, 1], std: [0.25, 1, 3] };
    const { becomes } = understood({ prepared });
    expect(becomes).toEqual([
      [-2, 2],
      [0, 1],
      [-0.3333, 0],
    ]);
    expect(Object.is(understood({ prepared: { mean: [0] } }).becomes[0]![0], 0)).toBe(true);
  });
});
