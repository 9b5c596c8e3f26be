import {
  Binary,
  Bool,
  Field,
  FixedSizeList,
  Float64,
  Int16,
  LargeBinary,
  LargeUtf8,
  List,
  Map_,
  Null,
  Struct,
  Utf8,
  type Data,
  type DataType,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { checkData } from '../../../../src/datasets/formats/arrow/check-data.ts';
import { refusalOf } from '../../../support/refusal-of.ts';
import { arrow } from './library.ts';

/** What a reader knows of a column, of which only the lengths count. */
interface Column {
  readonly type: DataType;
  readonly length: number;
  readonly children?: readonly Column[];
  readonly values?: { readonly length: number };
  readonly valueOffsets?: { readonly length: number };
  readonly stride?: number;
}
const dataOf = ({ children = [], ...column }: Column): Data =>
  ({ ...column, children: children.map(dataOf) }) as unknown as Data;
const isRefused = (column: Column) =>
  refusalOf(() => checkData(arrow, dataOf(column))) !== undefined;

const numbers = (length: number, held = length): Column => ({
  type: new Int16(),
  length,
  values: { length: held },
  stride: 1,
});
const field = (type: DataType) => new Field('x', type);
const fixed = (size: number) => new FixedSizeList(size, field(new Int16()));
const withOffsets: [string, DataType][] = [
  ['lists', new List(field(new Int16()))],
  ['maps', new Map_(field(new Struct([])) as never)],
  ['text', new Utf8()],
  ['large text', new LargeUtf8()],
  ['bytes', new Binary()],
  ['large bytes', new LargeBinary()],
];

describe('a column', () => {
  it('of nothing has as many values as it says', () => {
    expect(isRefused({ type: new Null(), length: 9 })).toBe(false);
  });

  it.each<[string, Column, boolean]>([
    ['numbers', numbers(3), false],
    ['numbers', numbers(3, 4), false],
    ['numbers', numbers(3, 2), true],
    ['numbers that are not there', { type: new Float64(), length: 1, stride: 1 }, true],
    ['no numbers', { type: new Float64(), length: 0, stride: 1 }, false],
    ['wide numbers', { ...numbers(3, 12), stride: 4 }, false],
    ['wide numbers', { ...numbers(3, 11), stride: 4 }, true],
    ['bits', { type: new Bool(), length: 16, values: { length: 2 }, stride: 1 }, false],
    ['bits', { type: new Bool(), length: 17, values: { length: 2 }, stride: 1 }, true],
    ['lists of one length', { type: fixed(2), length: 3, children: [numbers(6)] }, false],
    ['lists of one length', { type: fixed(2), length: 3, children: [numbers(5)] }, true],
    ['lists of no length', { type: fixed(0), length: 3, children: [numbers(0)] }, false],
    ['lists of less than that', { type: fixed(-1), length: 3, children: [numbers(5)] }, true],
    ['lists without values', { type: fixed(2), length: 0 }, true],
    ['structs', { type: new Struct([]), length: 3, children: [numbers(3), numbers(4)] }, false],
    ['structs', { type: new Struct([]), length: 3, children: [numbers(3), numbers(2)] }, true],
  ])('of %s holds what it says: %#', (_, column, refused) => {
    expect(isRefused(column)).toBe(refused);
  });

  it.each(withOffsets)('of %s has where each begins and the last one ends', (_, type) => {
    const column = (length: number, offsets: number) =>
      isRefused({ type, length, valueOffsets: { length: offsets } });
    expect([column(3, 4), column(3, 3), column(0, 0), column(1, 1)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('is looked through to the innermost one', () => {
    const inner: Column = { type: new Struct([]), length: 6, children: [numbers(6, 5)] };
    expect(isRefused({ type: fixed(2), length: 3, children: [inner] })).toBe(true);
    const list = { type: withOffsets[0]![1], length: 1, valueOffsets: { length: 2 } };
    expect(isRefused({ ...list, children: [inner] })).toBe(true);
    expect(isRefused({ ...list, children: [numbers(6)] })).toBe(false);
  });
});
