import { describe, expect, it } from 'vitest';
import { fromHalfFloats, toHalfFloats } from '../../src/runtime/half-floats.ts';

const bitsOf = (value: number): number => toHalfFloats(Float32Array.of(value))[0]!;

/** Every half that is a number, by its bits. */
const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits);

describe('half-precision numbers', () => {
  it('come back from every one of their bits', () => {
    const all = Uint16Array.from(finite.flatMap((bits) => [bits, bits | 0x8000]));
    expect(toHalfFloats(fromHalfFloats(all))).toEqual(all);
  });

  it.each([
    ['1', 1, 0x3c00],
    ['-2', -2, 0xc000],
    ['the largest', 65504, 0x7bff],
    ['the smallest', 2 ** -24, 0x0001],
    ['the largest below the normal ones', 2 ** -14 - 2 ** -24, 0x03ff],
    ['-0', -0, 0x8000],
    ['infinity', Infinity, 0x7c00],
  ])('are the bits of IEEE 754 for %s', (_, value, bits) => {
    expect(bitsOf(value)).toBe(bits);
    expect(fromHalfFloats(Uint16Array.of(bits))[0]).toBe(value);
  });

  it('are the nearest ones, and of two as near the even one, over their whole range', () => {
    const wrong = finite.slice(0, -1).filter((bits) => {
      const [low = 0, high = 0] = fromHalfFloats(Uint16Array.of(bits, bits + 1));
      const step = high - low;
      const even = bits % 2 === 0 ? bits : bits + 1;
      // A quarter and half of a step above a half are float32 numbers, except for the tiniest.
      const between = Float32Array.of(low + step / 4, low + step / 2, high - step / 4);
      const [nearLow, middle, nearHigh] = toHalfFloats(between);
      return nearLow !== bits || middle !== even || nearHigh !== bits + 1;
    });
    expect(wrong).toEqual([]);
  });

  it('are infinite from half a step above the largest on, and not below', () => {
    expect(bitsOf(65519.996)).toBe(0x7bff);
    expect(bitsOf(65520)).toBe(0x7c00);
    expect(bitsOf(-1e30)).toBe(0xfc00);
  });

  it('are zero up to half of the smallest one, and what is no number stays none', () => {
    expect(bitsOf(2 ** -25)).toBe(0);
    expect(bitsOf(2 ** -25 * 1.001)).toBe(1);
    expect(fromHalfFloats(toHalfFloats(Float32Array.of(NaN)))[0]).toBeNaN();
  });
});
