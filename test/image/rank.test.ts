import { describe, expect, it } from 'vitest';
import { valueAtRank } from '../../src/image/handwriting/rank.ts';
import { createRandom } from '../../src/random.ts';

const random = createRandom(5);

describe('the value at a rank', () => {
  it('is the one that sorting would put there, of any values, equal ones among them', () => {
    for (let round = 0; round < 300; round += 1) {
      const length = 1 + random.integer(60);
      const levels = 1 + random.integer(40);
      const values = Float32Array.from({ length }, () => random.integer(levels) - random.next());
      const rank = random.integer(length);
      expect(valueAtRank(values.slice(), rank)).toBe(values.slice().sort()[rank]);
    }
  });

  it('is none of no values, nor outside of their ranks', () => {
    expect(valueAtRank(new Float32Array(0), 0)).toBeUndefined();
    expect(valueAtRank(new Float32Array(3), 3)).toBeUndefined();
    expect(valueAtRank(new Float32Array(3), -1)).toBeUndefined();
  });
});
