import { describe, expect, it } from 'vitest';
import {
  findTableLayout,
  isRowNames,
  type ColumnChoice,
  type TableColumn,
} from '../../../../src/datasets/formats/tables/table-layout.ts';

const column = (name: string, holds: TableColumn['holds'], isNested = false): TableColumn => ({
  name,
  holds,
  isNested,
});
const label = column('label', 'words');
const numbers = (...names: string[]) => names.map((name) => column(name, 'number'));
const layoutOf = (columns: readonly TableColumn[], choice: Partial<ColumnChoice> = {}) =>
  findTableLayout(columns, { labelColumn: undefined, imageColumn: undefined, ...choice });

describe('the layout of a table', () => {
  it.each<[string, TableColumn[], Partial<ColumnChoice>, ReturnType<typeof layoutOf>]>([
    [
      'a column for each pixel',
      [...numbers('a', 'b'), label, ...numbers('c', 'd')],
      {},
      { kind: 'columns', label: 2, pixels: [0, 1, 3, 4] },
    ],
    [
      'an image before a list',
      [label, column('p', 'list'), column('i', 'image')],
      {},
      { kind: 'image', label: 0, pixels: [2] },
    ],
    [
      'a list beside numbers',
      [label, ...numbers('n'), column('p', 'list')],
      {},
      { kind: 'list', label: 0, pixels: [2] },
    ],
    [
      'the list that is asked for, beside an image',
      [label, column('p', 'list'), column('image', 'image')],
      { imageColumn: 'p' },
      { kind: 'list', label: 0, pixels: [1] },
    ],
    [
      'the list that is asked for, behind an image',
      [label, column('image', 'image'), column('p', 'list')],
      { imageColumn: 'p' },
      { kind: 'list', label: 0, pixels: [2] },
    ],
    [
      'the image that is asked for, of several',
      [label, column('image', 'image'), column('other', 'image')],
      { imageColumn: 'other' },
      { kind: 'image', label: 0, pixels: [2] },
    ],
    [
      'the list that is asked for in other capitals',
      [label, column('Front', 'list'), column('back', 'list')],
      { imageColumn: ' front' },
      { kind: 'list', label: 0, pixels: [1] },
    ],
    [
      'the label that is asked for',
      [label, ...numbers('n'), column('p', 'list')],
      { labelColumn: 'n' },
      { kind: 'list', label: 1, pixels: [2] },
    ],
    [
      'no label where it stands outside, whatever a column is called',
      [...numbers('label', 'a', 'b', 'c')],
      { isLabelOutside: true },
      { kind: 'columns', label: undefined, pixels: [0, 1, 2, 3] },
    ],
    [
      'a label that is no list of the same kind of name',
      [column('labels', 'list', true), label, ...numbers('n')],
      {},
      { kind: 'list', label: 1, pixels: [0] },
    ],
    [
      'row numbers, which a look reads past',
      [label, ...numbers('id', 'a', 'b', 'c', 'd')],
      { refuse: () => {} },
      { kind: 'columns', label: 0, pixels: [2, 3, 4, 5] },
    ],
  ])('is found: %s', (_, columns, choice, expected) => {
    expect(layoutOf(columns, choice)).toEqual(expected);
  });

  it.each<[string, TableColumn[], Partial<ColumnChoice>, string]>([
    ['nothing but its label', [label], {}, 'it has no columns of pixels'],
    [
      'words',
      [label, ...numbers('a'), column('b', 'words')],
      {},
      'the column "b" holds no numbers',
    ],
    [
      'no such column of images',
      [label, column('p', 'list')],
      { imageColumn: 'q' },
      'no column "q" that holds images',
    ],
    [
      'a number as its images',
      [label, ...numbers('p'), column('q', 'list')],
      { imageColumn: 'p' },
      'no column "p" that holds images',
    ],
    [
      'no images but numbers, where images are asked for',
      [label, ...numbers('a', 'b')],
      { imageColumn: 'c' },
      'no column "c" that holds images',
    ],
    [
      'its label as its images',
      [label, column('p', 'list')],
      { imageColumn: 'label' },
      'no column "label" that holds images',
    ],
    [
      'two lists, neither of a usual name',
      [label, column('p', 'list'), column('q', 'list')],
      {},
      'several of its columns could hold its images ("p", "q")',
    ],
    ['a nested label', [column('p', 'list', true)], { labelColumn: 'p' }, 'holds images'],
    ['row numbers', [label, ...numbers('id', 'a', 'b', 'c', 'd')], {}, 'is "id" a row number?'],
  ])('is refused for %s', (_, columns, choice, reason) => {
    expect(() => layoutOf(columns, choice)).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining(reason),
      }),
    );
  });
});

describe('the names of rows that pandas keeps', () => {
  it.each([
    ['__index_level_0__', true],
    ['index', false],
    ['the __index_level_0__', false],
  ])('are told by how they begin: %s', (name, isOne) => {
    expect(isRowNames(name)).toBe(isOne);
  });
});
