import { parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { findLayout } from '../../../../src/datasets/formats/parquet/parquet-layout.ts';
import type { LabelColumn } from '../../../../src/datasets/label-column.ts';
import { parquetFile, repetitions, types, type TestField } from '../../../support/parquet.ts';

const { INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY } = types;
const { REPEATED, OPTIONAL } = repetitions;
/** Of `ConvertedType`. */
const [UTF8, LIST, DECIMAL, DATE, TIME_MILLIS] = [0, 3, 5, 6, 7];

const label: TestField = { name: 'label', type: BYTE_ARRAY, converted: UTF8 };
const number = (name: string, type: number = INT32): TestField => ({ name, type });
const list = (name: string, item: TestField): TestField => ({
  name,
  converted: LIST,
  children: [{ name: 'list', repetition: REPEATED, children: [item] }],
});
const group = (name: string, ...children: TestField[]): TestField => ({
  name,
  repetition: OPTIONAL,
  children,
});

/** The structs of Spark. */
const sparkImage = group(
  's',
  ...['height', 'width', 'nChannels', 'mode'].map((name) => number(name)),
  { name: 'data', type: BYTE_ARRAY },
);
const sparkVector = (name: string, ...without: readonly string[]): TestField =>
  group(
    name,
    ...[
      number('type'),
      number('size'),
      list('indices', number('item')),
      list('values', number('item', DOUBLE)),
    ].filter((field) => !without.includes(field.name)),
  );

const namesOf = (path: SchemaTree[]): string => path.map(({ element }) => element.name).join('.');

function layoutOf(fields: readonly TestField[], labelColumn?: LabelColumn) {
  const root = parquetSchema(parquetMetadata(parquetFile({ fields, groups: [] })));
  const layout = findLayout(root, { labelColumn, imageColumn: undefined });
  return { ...layout, label: namesOf(layout.label ?? []), pixels: layout.pixels.map(namesOf) };
}

const item = number('item');

describe('the layout of a Parquet file', () => {
  it.each<[string, TestField[], ReturnType<typeof findLayout>['kind'], string[]]>([
    [
      'a column for each pixel, of any type of number',
      [label, number('a'), number('b', INT64), number('c', FLOAT), number('d', DOUBLE)],
      'columns',
      ['schema.a', 'schema.b', 'schema.c', 'schema.d'],
    ],
    [
      'decimals',
      [label, { ...number('a', BYTE_ARRAY), converted: DECIMAL }],
      'columns',
      ['schema.a'],
    ],
    [
      'the names of rows that pandas keeps beside them',
      [label, number('a'), { name: '__index_level_0__', type: BYTE_ARRAY, converted: UTF8 }],
      'columns',
      ['schema.a'],
    ],
    ['a list', [label, list('values', item)], 'list', ['schema.values.list.item']],
    ['a list of another name', [label, list('p', item)], 'list', ['schema.p.list.item']],
    [
      'a list of lists',
      [label, list('p', list('item', item))],
      'list',
      ['schema.p.list.item.list.item'],
    ],
    [
      'a column that repeats',
      [label, { ...number('p'), repetition: REPEATED }],
      'list',
      ['schema.p'],
    ],
    [
      'an image',
      [label, number('n'), { name: 'image', type: BYTE_ARRAY }],
      'image',
      ['schema.image'],
    ],
    [
      'an image beside a list',
      [label, list('values', item), { name: 'x', type: BYTE_ARRAY }],
      'image',
      ['schema.x'],
    ],
    [
      'an image in a group',
      [label, group('img', { ...label, name: 'path' }, { name: 'bytes', type: BYTE_ARRAY })],
      'image',
      ['schema.img.bytes'],
    ],
    [
      'an image of Spark beside a list',
      [label, list('pixels', item), sparkImage],
      'sparkImage',
      ['data', 'height', 'width', 'nChannels', 'mode'].map((name) => `schema.s.${name}`),
    ],
    [
      'an image beside a vector of Spark',
      [label, sparkVector('features'), { name: 'x', type: BYTE_ARRAY }],
      'image',
      ['schema.x'],
    ],
    [
      'a vector of Spark beside a list of another name',
      [label, list('p', item), sparkVector('image')],
      'sparkVector',
      [
        'schema.image.values.list.item',
        'schema.image.indices.list.item',
        'schema.image.type',
        'schema.image.size',
      ],
    ],
  ])('finds pixels: %s', (_, fields, kind, pixels) => {
    expect(layoutOf(fields)).toEqual({ kind, label: 'schema.label', pixels });
  });

  it.each<[string, TestField[], string, LabelColumn?]>([
    ['nothing but the label', [label], 'it has no columns of pixels'],
    ['a column of text', [label, number('a'), { ...label, name: 'b' }], '"b" holds no numbers'],
    ['a column of dates', [label, { ...number('a'), converted: DATE }], '"a" holds no numbers'],
    [
      'a column of times',
      [label, { ...number('a'), converted: TIME_MILLIS }],
      '"a" holds no numbers',
    ],
    ['a list of text', [label, list('a', { ...label, name: 'item' })], '"a" holds no numbers'],
    ['a group that repeats nothing', [label, group('a', number('b'))], '"a" holds no numbers'],
    ['a group of two', [label, group('a', number('b'), number('c'))], '"a" holds no numbers'],
    ['text in a group', [label, group('a', { ...label, name: 'bytes' })], '"a" holds no numbers'],
    [
      'bytes of another name in a group',
      [label, group('a', { name: 'x', type: BYTE_ARRAY })],
      '"a" holds no numbers',
    ],
    [
      'a group that says it is a decimal',
      [label, { ...group('a', number('b'), number('c')), converted: DECIMAL }],
      '"a" holds no numbers',
    ],
    [
      'a struct of Spark without one of its fields',
      [label, sparkVector('a', 'size')],
      '"a" holds no numbers',
    ],
    ['a list as its label', [label, list('p', item)], 'holds images', 'p'],
    ['a group as its label', [label, group('p', item), number('a')], 'holds images', 'p'],
    [
      'a column that repeats as its label',
      [label, { ...item, name: 'p', repetition: REPEATED }],
      'holds images',
      'p',
    ],
    [
      'row numbers',
      [label, ...['id', 'a', 'b', 'c', 'd'].map((name) => number(name))],
      'row number',
    ],
  ])('is refused: %s', (_, fields, reason, labelColumn) => {
    expect(() => layoutOf(fields, labelColumn)).toThrow(reason);
  });

  it('finds no label where it stands in folders', () => {
    const root = parquetSchema(parquetMetadata(parquetFile({ fields: [number('a')], groups: [] })));
    const outside = { labelColumn: undefined, imageColumn: undefined, isLabelOutside: true };
    expect(findLayout(root, outside).label).toBeUndefined();
  });

  it.each([
    ['FLOAT16', 'columns'],
    ['JSON', undefined],
  ] as const)('takes bytes of a logical type for no image: %s', (type, kind) => {
    const root = parquetSchema(
      parquetMetadata(
        parquetFile({ fields: [label, { name: 'a', type: BYTE_ARRAY }], groups: [] }),
      ),
    );
    root.children[1]!.element.logical_type = { type };
    const find = () => findLayout(root, { labelColumn: undefined, imageColumn: undefined });
    if (kind) expect(find().kind).toBe(kind);
    else expect(find).toThrow('"a" holds no numbers');
  });
});
