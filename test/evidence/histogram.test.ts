import { describe, expect, it } from 'vitest';
import { binOf, histogramOf } from '../../src/evidence/histogram.ts';

describe('a histogram', () => {
  it('has a tenth of the values in each bin', () => {
    const values = Array.from({ length: 100 }, (_, at) => (at * 37) % 100);
    expect(histogramOf(values)).toEqual({
      edges: [9, 19, 29, 39, 49, 59, 69, 79, 89],
      counts: Array.from({ length: 10 }, () => 10),
    });
  });

  it('does not part equal values, nor has a bin behind the greatest', () => {
    expect(histogramOf([0.5, ...Array.from({ length: 9 }, () => 1)])).toEqual({
      edges: [0.5],
      counts: [1, 9],
    });
    expect(histogramOf([1, 1, 1])).toEqual({ edges: [], counts: [3] });
    expect(histogramOf([])).toEqual({ edges: [], counts: [0] });
  });

  it('gives an edge to the bin below it', () => {
    expect([0, 0.5, 0.50001, 1, 2].map((value) => binOf(value, [0.5, 1]))).toEqual([0, 0, 1, 1, 2]);
  });
});
