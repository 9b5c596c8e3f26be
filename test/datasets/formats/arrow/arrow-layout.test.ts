import {
  Binary,
  BinaryView,
  Bool,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  LargeBinary,
  LargeList,
  List,
  Schema,
  Struct,
  TimestampMillisecond,
  Uint8,
  Utf8,
  type DataType,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import {
  bytesField,
  findArrowLayout,
  isList,
  tensorShape,
} from '../../../../src/datasets/formats/arrow/arrow-layout.ts';
import { arrow } from './library.ts';

const field = (name: string, type: DataType) => new Field(name, type);
const list = (type: DataType) => new List(field('item', type));
const struct = (...fields: Field[]) => new Struct(fields);
const free = { labelColumn: undefined, imageColumn: undefined };

/** The layout of a table with these columns beside a label. */
const layoutOf = (columns: Record<string, DataType>, choice: object = {}) =>
  findArrowLayout(
    arrow,
    new Schema(
      Object.entries({ label: new Utf8(), ...columns }).map(([name, type]) => field(name, type)),
    ),
    { ...free, ...choice },
  );

describe('the columns of an Arrow file', () => {
  it.each<[string, DataType]>([
    ['bytes', new Binary()],
    ['large bytes', new LargeBinary()],
    ['views of bytes', new BinaryView()],
    ['a struct with bytes', struct(field('path', new Utf8()), field('bytes', new Binary()))],
  ])('are images when they hold %s', (_, type) => {
    expect(layoutOf({ image: type })).toEqual({ kind: 'image', label: 0, pixels: [1] });
  });

  it.each<[string, DataType]>([
    ['numbers', list(new Int32())],
    ['fractions', list(new Float32())],
    ['truth values', list(new Bool())],
    ['lists of numbers', list(new LargeList(field('x', new Uint8())))],
    ['lists of one length', new FixedSizeList(4, field('x', new Uint8()))],
  ])('are lists of pixels when they hold %s', (_, type) => {
    expect(layoutOf({ image: type })).toEqual({ kind: 'list', label: 0, pixels: [1] });
  });

  it('are pixels when each holds one number, the names of rows aside', () => {
    const columns = {
      __index_level_0__: new Int32(),
      p0: new Uint8(),
      p1: new Bool(),
      p2: new Float32(),
    };
    expect(layoutOf(columns)).toEqual({ kind: 'columns', label: 0, pixels: [2, 3, 4] });
  });

  it.each<[string, DataType]>([
    ['words', new Utf8()],
    ['times', new TimestampMillisecond()],
    ['lists of words', list(new Utf8())],
    ['lists of lists of words', list(list(new Utf8()))],
    ['a struct without bytes', struct(field('path', new Utf8()))],
    ['a struct of another name', struct(field('data', new Binary()))],
    ['a struct whose bytes are words', struct(field('bytes', new Utf8()))],
  ])('are no pixels when they hold %s', (_, type) => {
    expect(() => layoutOf({ image: type })).toThrow(
      'the column "image" holds no numbers that could be pixels',
    );
  });

  it('are labels when they are words of a dictionary, and none when they have parts', () => {
    const words = new Dictionary(new Utf8(), new Int32());
    expect(layoutOf({ kind: words, image: list(new Uint8()) }, { labelColumn: 'kind' }).label).toBe(
      1,
    );
    for (const type of [struct(field('a', new Utf8())), list(new Utf8())]) {
      expect(() =>
        layoutOf({ kind: type, image: list(new Uint8()) }, { labelColumn: 'kind' }),
      ).toThrow('its column "kind" holds images and no labels');
    }
    const lists = new Dictionary(list(new Utf8()), new Int32());
    expect(layoutOf({ kind: lists, image: list(new Uint8()) }, { labelColumn: 'kind' }).label).toBe(
      1,
    );
  });

  it('have bytes at a place of their struct, and lists of three kinds', () => {
    expect(bytesField(arrow, struct(field('bytes', new Binary())))).toBe(0);
    expect(bytesField(arrow, struct(field('x', new Utf8()), field('bytes', new Binary())))).toBe(1);
    expect(bytesField(arrow, struct(field('x', new Binary())))).toBeUndefined();
    expect(bytesField(arrow, list(new Binary()))).toBeUndefined();
    const kinds = [
      list(new Int32()),
      new LargeList(field('x', new Int32())),
      new FixedSizeList(1, field('x', new Int32())),
      struct(),
      new Int32(),
    ];
    expect(kinds.map((type) => isList(arrow, type))).toEqual([true, true, true, false, false]);
  });
});

const tensor = (metadata: string | undefined, name = 'arrow.fixed_shape_tensor') =>
  tensorShape(
    new Field(
      'image',
      new FixedSizeList(4, field('x', new Uint8())),
      true,
      new Map([
        ['ARROW:extension:name', name],
        ...(metadata === undefined ? [] : [['ARROW:extension:metadata', metadata] as const]),
      ]),
    ),
  );

describe('a column of tensors', () => {
  it.each([
    ['{"shape":[2,2]}', [2, 2]],
    ['{"shape":[]}', []],
    ['{"shape":[2,"2"]}', undefined],
    ['{"shape":["2","2"]}', undefined],
    ['{"shape":4}', undefined],
    ['{"shape":[2,2],"permutation":[1,0]}', undefined],
    ['[[2,2]]', undefined],
    ['no JSON', undefined],
    [undefined, undefined],
  ])('has the shape that its metadata says: %s', (metadata, shape) => {
    expect(tensor(metadata)).toEqual(shape);
  });

  it('is one by its name', () => {
    expect(tensor('{"shape":[2,2]}', 'arrow.other')).toBeUndefined();
    expect(tensorShape(field('image', list(new Uint8())))).toBeUndefined();
  });
});
