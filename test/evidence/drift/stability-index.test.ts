import { describe, expect, it } from 'vitest';
import { enoughFor, stabilityIndex } from '../../../src/evidence/drift/stability-index.ts';
import { createRandom } from '../../../src/random.ts';

describe('the population stability index', () => {
  it('is what its formula says, with half a count more in every bin', () => {
    const [a, b] = [99.5 / 400, 299.5 / 400];
    const expected = (b - a) * Math.log(b / a) + (a - b) * Math.log((1 - b) / (1 - a));
    expect(stabilityIndex([99, 300], [299, 100])).toBeCloseTo(expected, 12);
    expect(expected).toBeCloseTo(1.0986, 4);
  });

  it('is 0 of equal shares, the same both ways, and finite with empty bins', () => {
    expect(stabilityIndex([10, 20], [10, 20])).toBe(0);
    expect(stabilityIndex([7, 0], [0, 9])).toBeCloseTo(stabilityIndex([0, 9], [7, 0]), 12);
    expect(Number.isFinite(stabilityIndex([0, 0], [100, 0]))).toBe(true);
  });

  it('of the same distribution stays below 0.1 with as many as are called enough', () => {
    const random = createRandom(7);
    for (const bins of [2, 10, 20]) {
      const draw = (count: number) => {
        const counts = Array.from({ length: bins }, () => 0);
        for (let at = 0; at < count; at += 1) counts[random.integer(bins)]! += 1;
        return counts;
      };
      const baseline = draw(10_000);
      const found = Array.from({ length: 50 }, () =>
        stabilityIndex(baseline, draw(enoughFor(bins))),
      );
      expect(found.reduce((sum, one) => sum + one) / found.length).toBeLessThan(0.06);
      expect(found.filter((one) => one > 0.1).length).toBeLessThanOrEqual(3);
    }
  });
});
