import { describe, expect, it } from 'vitest';
import { eightBitsOf } from '../../../src/neural/quantise/ranges.ts';
import { quantiseBias, quantiseWeights } from '../../../src/neural/quantise/weights.ts';

describe('eight bits of a range', () => {
  it.each([
    [{ least: 0, largest: 1 }, 1 / 255, 0],
    [{ least: 0.5, largest: 2.55 }, 0.01, 0],
    [{ least: -1, largest: 1.02 }, 2.02 / 255, 126],
    [{ least: -2.55, largest: -1 }, 0.01, 255],
    [{ least: 0, largest: 0 }, 1, 0],
  ])('of %j have steps of %d and zero at level %d', (range, scale, zero) => {
    const bits = eightBitsOf(range);
    expect(bits.scale).toBeCloseTo(scale, 8);
    expect(bits.zero).toBe(zero);
  });
});

const half = (index: number): number => Math.floor(index / 32);

describe('weights in eight bits', () => {
  const weights = Float32Array.from(
    { length: 64 },
    (_, at) => Math.sin(at * 7) * (at < 32 ? 0.01 : 3),
  );

  it('have a scale for each output, and are off by half a step of it', () => {
    const { levels, scales } = quantiseWeights(weights, 2, half, undefined, 1);
    expect(scales[1]! / scales[0]!).toBeGreaterThan(100);
    weights.forEach((weight, at) => {
      const scale = scales[half(at)]!;
      const ends = Math.abs(levels[at]!) === 64;
      if (!ends) expect(Math.abs(weight - levels[at]! * scale)).toBeLessThanOrEqual(scale * 0.501);
    });
  });

  it('are so small that sixteen bits hold the sum of two products with any activation', () => {
    const { levels } = quantiseWeights(weights, 2, half, undefined, 1);
    const largest = Math.max(...levels.map(Math.abs));
    expect(largest).toBeGreaterThan(60);
    expect(2 * 255 * largest).toBeLessThan(2 ** 15);
  });

  it('keep the bias a whole number of 32 bits, however small they are', () => {
    const tiny = new Float32Array(4).fill(1e-12);
    const bias = Float32Array.of(1000);
    const { scales } = quantiseWeights(tiny, 1, () => 0, bias, 0.01);
    const { levels, scales: together } = quantiseBias(bias, scales, 0.01);
    expect(levels[0]! * together[0]!).toBeCloseTo(1000, 3);
  });

  it('are zero where a layer has only zeros', () => {
    const { levels, scales } = quantiseWeights(new Float32Array(4), 1, () => 0, undefined, 0.1);
    expect([...levels]).toEqual([0, 0, 0, 0]);
    expect([...scales]).toEqual([1]);
  });
});
