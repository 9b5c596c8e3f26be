import { describe, expect, it } from 'vitest';
import { filledWith, glorotUniform, orthogonalBlocks } from '../../src/neural/initialisers.ts';
import { createRandom } from '../../src/random.ts';

describe('initialisers', () => {
  it('fill a tensor with one number', () => {
    expect(filledWith(0.5)([2, 2], createRandom(1))).toEqual(new Float32Array(4).fill(0.5));
  });

  it('draw uniformly within the bound of Glorot and Bengio', () => {
    const values = glorotUniform(3, 5)([100, 50], createRandom(1));
    const bound = Math.sqrt(6 / 8);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.99 * bound);
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(square).toBeCloseTo((bound * bound) / 3, 1);
  });

  it('make square blocks whose rows are at right angles and of length one', () => {
    const size = 16;
    const values = orthogonalBlocks(size)([3 * size, size], createRandom(1));
    const row = (index: number) => values.subarray(index * size, (index + 1) * size);
    for (const block of [0, 1, 2]) {
      for (let a = 0; a < size; a += 1) {
        for (let b = 0; b < size; b += 1) {
          const other = row(block * size + b);
          const product = row(block * size + a).reduce((sum, v, i) => sum + v * other[i]!, 0);
          expect(product).toBeCloseTo(a === b ? 1 : 0, 6);
        }
      }
    }
    expect(row(0)).not.toEqual(row(size));
  });

  it('give the same numbers for the same seed', () => {
    const [one, same, other] = [3, 3, 4].map((seed) =>
      orthogonalBlocks(4)([8, 4], createRandom(seed)),
    );
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
});
