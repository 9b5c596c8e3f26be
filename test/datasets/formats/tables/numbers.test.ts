import { describe, expect, it } from 'vitest';
import { pickNumbers, toNumbers } from '../../../../src/datasets/formats/tables/numbers.ts';

describe('the numbers of a column', () => {
  it('are doubles, whatever they were', () => {
    const doubles = Float64Array.of(0.5, -1);
    expect(toNumbers(doubles)).toBe(doubles);
    expect(toNumbers(Int32Array.of(-2, 7))).toEqual(Float64Array.of(-2, 7));
    expect(toNumbers(BigUint64Array.of(2n ** 63n))).toEqual(Float64Array.of(2 ** 63));
    expect(toNumbers([3, 4n, null, '5', true, undefined])).toEqual(
      Float64Array.of(3, 4, NaN, NaN, NaN, NaN),
    );
    expect(toNumbers([])).toEqual(new Float64Array());
  });

  it('of 64 bits are what they are as doubles, also where they lie inside of other bytes', () => {
    const values = [
      0n,
      1n,
      -1n,
      255n,
      2n ** 31n,
      2n ** 32n,
      2n ** 40n + 3n,
      -(2n ** 53n),
      2n ** 62n,
    ];
    const numbers = Float64Array.from(values, Number);
    expect(toNumbers(BigInt64Array.from(values))).toEqual(numbers);
    expect(toNumbers(BigInt64Array.from(values).subarray(4))).toEqual(numbers.subarray(4));
  });

  it('are picked by their indices', () => {
    const numbers = Float64Array.of(1, 2, 3);
    expect(pickNumbers(numbers, [2, 0, 2])).toEqual(Float64Array.of(3, 1, 3));
  });
});
