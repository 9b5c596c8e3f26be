import { describe, expect, it } from 'vitest';
import type { GlimpseError } from '../../src/errors.ts';
import { findImageColumn, isImageColumnName } from '../../src/datasets/image-column.ts';
import {
  columnAt,
  findLabelColumn,
  isIndexName,
  isLabelName,
  labelAmongUnnamed,
} from '../../src/datasets/label-column.ts';
import { isUndecided, listed, severalInside, undecided } from '../../src/datasets/refusal.ts';
import { refusalOf } from '../support/refusal-of.ts';

const any = () => true;
const holdsImages = (column: number) => column === 0;

describe('a name of a column', () => {
  it.each([
    ['Label', true],
    [' class-name', true],
    ['TARGET.ID', true],
    ['categories', true],
    ['y', true],
    ['labels_id', false],
    ['digits', false],
    ['', false],
  ])('is one of labels: "%s" %o', (name, isLabel) => {
    expect(isLabelName(name)).toBe(isLabel);
  });

  it.each([
    ['', true],
    ['Unnamed: 0', true],
    ['Row_ID', true],
    ['index', true],
    ['pixel0', false],
  ])('is one of row numbers: "%s" %o', (name, isIndex) => {
    expect(isIndexName(name)).toBe(isIndex);
  });

  it.each([
    [' IMG ', true],
    ['pixels', true],
    ['x', true],
    ['images2', false],
  ])('is one of images: "%s" %o', (name, isImage) => {
    expect(isImageColumnName(name)).toBe(isImage);
  });
});

describe('the column of the label', () => {
  it('is counted from 0, or from the end', () => {
    expect([0, 2, -1, -3].map((position) => columnAt(3, position))).toEqual([0, 2, 2, 0]);
    for (const position of [3, -4]) {
      expect(refusalOf(() => columnAt(3, position))).toMatchObject({
        message: expect.stringContaining(`it has no column "${position}"`),
        details: { option: 'labelColumn', columns: [] },
      });
    }
    expect(Object.keys((refusalOf(() => columnAt(3, 3)) as { details: object }).details)).toEqual([
      'option',
      'columns',
    ]);
  });

  it('is at an end of a table without names, or asked for', () => {
    expect([labelAmongUnnamed(5, 'first'), labelAmongUnnamed(5, 'last')]).toEqual([0, 4]);
    expect(refusalOf(() => labelAmongUnnamed(5, undefined))).toMatchObject({
      message: expect.stringContaining('its first column could be the label as well as its last'),
      details: { option: 'labelColumn', columns: [], values: [0, -1] },
    });
  });

  it('has exactly its name, else one that only blanks and capitals tell from it', () => {
    expect(findLabelColumn(['Kind', 'kind'], 'kind')).toBe(1);
    expect(findLabelColumn(['a', ' KIND'], 'kind ')).toBe(1);
    expect(refusalOf(() => findLabelColumn(['kin d', 'a'], 'kind'))).toMatchObject({
      message: expect.stringContaining('it has no column "kind"; its columns are "kin d", "a"'),
      details: { option: 'labelColumn', columns: ['kin d', 'a'] },
    });
    const { details } = refusalOf(() => findLabelColumn(['\u00df'], 'ss')) as GlimpseError;
    expect(Object.keys(details!)).toEqual(['option', 'columns']);
    expect(refusalOf(() => findLabelColumn(['Kind', 'KIND'], 'kind'))).toMatchObject({
      message: expect.stringContaining('several of its columns are called "kind"'),
    });
  });

  it('is none that holds images, and is not looked for among those', () => {
    expect(findLabelColumn(['label', 'class'], undefined, holdsImages)).toBe(1);
    expect(findLabelColumn(['image', 'other'], 'other', holdsImages)).toBe(1);
    expect(refusalOf(() => findLabelColumn(['image', 'a'], 'image', holdsImages))).toMatchObject({
      message: expect.stringContaining('its column "image" holds images and no labels'),
      details: { columns: ['image', 'a'] },
    });
  });

  it('is y unless there is an x', () => {
    expect(findLabelColumn(['x', 'y', 'label'], undefined)).toBe(2);
    expect(refusalOf(() => findLabelColumn(['X', 'y'], undefined))).toMatchObject({
      details: { values: ['X', 'y'] },
    });
  });

  it('is asked for among columns that could be it: no numbers, no row numbers, no images', () => {
    const names = ['id', 'k9nd', 'p0', 'p1 ', 'colour', 'image'];
    const refused = refusalOf(() => findLabelColumn(names, undefined, (column) => column === 5));
    expect(refused).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('it has no column of labels with a usual name'),
      details: { option: 'labelColumn', columns: names, values: ['k9nd', 'colour'] },
    });
    expect(refusalOf(() => findLabelColumn(['label', 'a', 'class'], undefined))).toMatchObject({
      message: expect.stringContaining(
        'several of its columns could be the label ("label", "class"); its columns are',
      ),
      details: { values: ['label', 'class'] },
    });
    const many = Array.from({ length: 120 }, (_, at) => `kind ${'x'.repeat(at)}`);
    const { details } = refusalOf(() => findLabelColumn(many, undefined)) as {
      details: { columns: unknown[]; values: unknown[] };
    };
    expect([details.columns.length, details.values]).toEqual([100, many.slice(0, 8)]);
  });
});

describe('the column of the images', () => {
  it('is the one asked for, among those that could be it', () => {
    expect(findImageColumn(['IMG', 'img'], 'img', any)).toBe(1);
    expect(findImageColumn(['a', 'IMG'], ' img ', any)).toBe(1);
    expect(findImageColumn(['img', 'IMG'], 'img', (column) => column === 1)).toBe(1);
    expect(refusalOf(() => findImageColumn(['a', 'b'], 'c', any))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('it has no column "c" that holds images; its columns are'),
      details: { option: 'imageColumn', columns: ['a', 'b'] },
    });
  });

  it('is the one with a usual name, or the only one', () => {
    expect(findImageColumn(['a', 'image', 'b'], undefined, any)).toBe(1);
    expect(findImageColumn(['a', 'b'], undefined, (column) => column === 1)).toBe(1);
    expect(findImageColumn(['a', 'b'], undefined, () => false)).toBeUndefined();
    expect(refusalOf(() => findImageColumn(['a', 'b'], undefined, any))).toMatchObject({
      message: expect.stringContaining('several of its columns could hold its images ("a", "b")'),
    });
    expect(refusalOf(() => findImageColumn(['img', 'b', 'x'], undefined, any))).toMatchObject({
      message: expect.stringContaining('could hold its images ("img", "x"); its columns are'),
    });
    const many = Array.from({ length: 120 }, (_, at) => `c${at}`);
    expect(refusalOf(() => findImageColumn(many, undefined, any))).toMatchObject({
      message: expect.stringContaining('"c7", ... (120 in all)'),
      details: { columns: many.slice(0, 100) },
    });
  });
});

describe('names in a refusal', () => {
  it('are eight at most, with how many there are', () => {
    const eight = Array.from({ length: 8 }, (_, at) => `n${at}`);
    expect(listed(eight)).toBe('"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"');
    expect(listed([...eight, 'n8'])).toBe(`${listed(eight)}, ... (9 in all)`);
    expect(severalInside('several', [...eight, 'n8'])).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('several ("n0", '),
      details: { option: 'path', values: eight },
    });
  });

  it('tell which option decides', () => {
    const error = undecided('range', 'why', { min: 1 });
    expect(error.details).toEqual({ option: 'range', min: 1 });
    expect([isUndecided(error, 'range'), isUndecided(error, 'shape')]).toEqual([true, false]);
    expect(isUndecided(new Error('no'), 'range')).toBe(false);
  });
});
