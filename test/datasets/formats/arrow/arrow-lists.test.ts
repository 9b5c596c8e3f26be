import {
  Bool,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int64,
  LargeList,
  List,
  Uint8,
  Utf8,
  makeData,
  vectorFromArray,
  type Data,
  type DataType,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { listAt, numbersIn } from '../../../../src/datasets/formats/arrow/arrow-lists.ts';
import { arrow } from './library.ts';

const dataOf = (values: readonly unknown[], type: DataType): Data =>
  vectorFromArray(values as never, type).data[0]!;
const field = (type: DataType) => new Field('item', type);
const list = (type: DataType) => new List(field(type));
const fixed = (size: number, type: DataType) => new FixedSizeList(size, field(type));
const large = (type: DataType, offsets: bigint[], child: Data) =>
  makeData({
    type: new LargeList(field(type)),
    length: offsets.length - 1,
    valueOffsets: BigInt64Array.from(offsets),
    child,
  } as never) as Data;

/** What a row of lists holds, with its numbers as an array. */
function row(data: Data, at: number) {
  const found = listAt(arrow, data, at);
  return found && [Array.from(found.values), found.sizes];
}

describe('a row of lists', () => {
  it('has its numbers, and how many there are on each level', () => {
    const flat = dataOf([[1, 2], [3], [], null], list(new Int16()));
    expect([0, 1, 2, 3].map((at) => row(flat, at))).toEqual([
      [[1, 2], [2]],
      [[3], [1]],
      [[], [0]],
      undefined,
    ]);
    const pairs = dataOf(
      [
        [
          [1, 2],
          [3, 4],
        ],
        [[5, 6]],
        [],
      ],
      list(list(new Uint8())),
    );
    expect([0, 1, 2].map((at) => row(pairs, at))).toEqual([
      [
        [1, 2, 3, 4],
        [2, 2],
      ],
      [
        [5, 6],
        [1, 2],
      ],
      [[], [0, 0]],
    ]);
    const planes = dataOf(
      [
        [[[1], [2]]],
        [
          [[3], [4]],
          [[5], [6]],
        ],
      ],
      list(fixed(2, list(new Uint8()))),
    );
    expect([0, 1].map((at) => row(planes, at))).toEqual([
      [
        [1, 2],
        [1, 2, 1],
      ],
      [
        [3, 4, 5, 6],
        [2, 2, 1],
      ],
    ]);
  });

  it('is none when its lists are uneven', () => {
    const data = dataOf(
      [
        [[1, 2], [3]],
        [[1], [2]],
      ],
      list(list(new Uint8())),
    );
    expect([row(data, 0), row(data, 1)]).toEqual([
      undefined,
      [
        [1, 2],
        [2, 1],
      ],
    ]);
  });

  it('of one length lies at multiples of it', () => {
    const data = dataOf(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      fixed(3, new Uint8()),
    );
    expect([row(data, 0), row(data, 1)]).toEqual([
      [[1, 2, 3], [3]],
      [[4, 5, 6], [3]],
    ]);
  });

  it.each<[string, bigint[], unknown]>([
    ['within its values', [1n, 3n], [[2, 3], [2]]],
    ['of none of them', [3n, 3n], [[], [0]]],
    ['beyond their end', [1n, 4n], undefined],
    ['before their beginning', [-1n, 2n], undefined],
    ['that ends before it begins', [3n, 1n], undefined],
  ])('may lie anywhere %s', (_, offsets, expected) => {
    const data = large(new Uint8(), offsets, dataOf([1, 2, 3], new Uint8()));
    if (expected === undefined) {
      expect(() => row(data, 0)).toThrow('a list lies outside of its values');
    } else expect(row(data, 0)).toEqual(expected);
  });
});

describe('the numbers of a column', () => {
  it.each<[string, readonly unknown[], DataType, readonly number[]]>([
    ['whole ones', [1, -2, 300], new Int16(), [1, -2, 300]],
    ['of 64 bits', [1n, -2n, 5_000_000_000n], new Int64(), [1, -2, 5_000_000_000]],
    ['fractions', [0.5, -1, 2], new Float32(), [0.5, -1, 2]],
    ['long fractions', [0.1, 1e300, 2], new Float64(), [0.1, 1e300, 2]],
    ['of two bytes', [0.5, -2, 1], new Float16(), [0.5, -2, 1]],
    ['of truth', [true, false, true], new Bool(), [1, 0, 1]],
    ['that are words', ['a', 'b', 'c'], new Utf8(), [Number.NaN, Number.NaN, Number.NaN]],
  ])('%s', (_, values, type, numbers) => {
    const data = dataOf(values, type);
    expect(Array.from(numbersIn(arrow, data))).toEqual(numbers);
    expect(Array.from(numbersIn(arrow, data, 1, 2))).toEqual(numbers.slice(1, 2));
    expect(Array.from(numbersIn(arrow, data, 2))).toEqual(numbers.slice(2));
  });

  it('are NaN where one is missing, and bytes where they are bytes', () => {
    const missing = dataOf([7, null, 9], new Uint8());
    expect(Array.from(numbersIn(arrow, missing))).toEqual([7, Number.NaN, 9]);
    const bytes = numbersIn(arrow, dataOf([7, 8, 9], new Uint8()), 1, 3);
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(Array.from(bytes)).toEqual([8, 9]);
    expect(numbersIn(arrow, dataOf([7, 8], new Int16()))).toBeInstanceOf(Float64Array);
  });
});
