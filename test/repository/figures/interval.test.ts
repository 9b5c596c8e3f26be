import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../../src/repository/figures/interval.ts';

describe('the interval of a share', () => {
  // Worked out by hand from Wilson's formula; those of Newcombe (1998), table I, are the same to four digits.
  it.each([
    [81 / 263, 263, 0.2553, 0.3662],
    [15 / 148, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1 / 29, 29, 0.0061, 0.1718],
    [1, 10, 0.7225, 1],
  ])('of %f among %i is %f to %f', (share, examples, low, high) => {
    const [from, to] = wilsonInterval(share, examples);
    expect(from).toBeCloseTo(low, 4);
    expect(to).toBeCloseTo(high, 4);
  });

  it('of nothing is everything', () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });
});
