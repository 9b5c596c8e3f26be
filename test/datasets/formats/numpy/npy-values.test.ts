import { describe, expect, it } from 'vitest';
import { labelIn, numbersIn } from '../../../../src/datasets/formats/numpy/npy-values.ts';
import type { NpyHeader } from '../../../../src/datasets/formats/numpy/npy-header.ts';

const type = (kind: NpyHeader['kind'], bytes: number, isBigEndian = false) => ({
  kind,
  bytes,
  isBigEndian,
});

/** The bytes of a typed array, in either order. */
function bytesOf(values: NodeJS.TypedArray, isBigEndian: boolean): Buffer {
  const bytes = Buffer.from(values.buffer.slice(0));
  const size = values.BYTES_PER_ELEMENT;
  if (!isBigEndian) return bytes;
  for (let at = 0; at < bytes.length; at += size) {
    bytes.subarray(at, at + size).reverse();
  }
  return bytes;
}

describe('the numbers of an array', () => {
  it.each([
    ['i', 1, Int8Array.of(-1, 127)],
    ['i', 2, Int16Array.of(-2, 300)],
    ['u', 2, Uint16Array.of(65_535, 1)],
    ['i', 4, Int32Array.of(-3, 70_000)],
    ['u', 4, Uint32Array.of(4_294_967_295, 1)],
    ['i', 8, BigInt64Array.of(-4n, 5_000_000_000n)],
    ['u', 8, BigUint64Array.of(5_000_000_000n, 1n)],
    ['f', 4, Float32Array.of(0.5, -2)],
    ['f', 8, Float64Array.of(0.1, -1e300)],
  ] as const)('of the type %s%i are read in either order of bytes', (kind, size, values) => {
    for (const isBigEndian of [false, true]) {
      const bytes = Buffer.concat([Buffer.of(9), bytesOf(values, isBigEndian)]).subarray(1);
      const before = Buffer.from(bytes);
      expect(Array.from(numbersIn(bytes, type(kind, size, isBigEndian)))).toEqual(
        Array.from(values, Number),
      );
      expect(bytes).toEqual(before);
    }
  });

  it('that are bytes are the bytes themselves', () => {
    const bytes = Buffer.of(0, 1, 255);
    expect(numbersIn(bytes, type('u', 1))).toBe(bytes);
    expect(numbersIn(bytes, type('b', 1))).toBe(bytes);
  });

  it('of two bytes have a sign, five bits of exponent and ten of fraction', () => {
    const cases: [bits: number, value: number][] = [
      [0x3c00, 1],
      [0xc000, -2],
      [0x3801, 0.50048828125],
      [0x0001, 2 ** -24],
      [0x83ff, -1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x7bff, 65_504],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xfc00, Number.NEGATIVE_INFINITY],
      [0x7c01, Number.NaN],
      [0xfe00, Number.NaN],
    ];
    const bits = Uint16Array.from(cases, ([one]) => one);
    const values = cases.map(([, value]) => value);
    for (const isBigEndian of [false, true]) {
      const numbers = numbersIn(bytesOf(bits, isBigEndian), type('f', 2, isBigEndian));
      expect(Array.from(numbers)).toEqual(values);
    }
  });
});

describe('the label of an array', () => {
  it.each([
    [Buffer.of(0), type('b', 1), false],
    [Buffer.of(1), type('b', 1), true],
    [Buffer.of(2), type('b', 1), true],
    [Buffer.of(7), type('u', 1), 7],
    [Buffer.of(1, 2), type('i', 2, true), 258],
    [Buffer.from('n\u00e9\0\0'), type('S', 5), 'n\u00e9'],
    [Buffer.from('a\0b'), type('S', 3), 'a\0b'],
    [Buffer.from('\0\0'), type('S', 2), ''],
  ])('%j of %j is %j', (bytes, of, label) => {
    expect(labelIn(bytes, of)).toBe(label);
  });

  it.each([false, true])('of code points is text, the order of bytes turned: %j', (isBigEndian) => {
    const label = (...points: number[]) =>
      labelIn(
        bytesOf(Uint32Array.from(points), isBigEndian),
        type('U', points.length * 4, isBigEndian),
      );
    expect(label(0x6e, 0x1f600, 0, 0)).toBe('n\u{1f600}');
    expect(label(0x10ffff)).toBe('\u{10ffff}');
    expect(label(0x61, 0x110000)).toBeUndefined();
  });
});
