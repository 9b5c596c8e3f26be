import type { BaselineHistogram } from '../repository/baseline.ts';

/** How many bins a histogram has at most: deciles, as is usual for the population stability index. */
const BINS = 10;

/** The bin of a value: that of the first edge which it is not above, else the last. */
export function binOf(value: number, edges: readonly number[]): number {
  let bin = 0;
  while (bin < edges.length && value > edges[bin]!) bin += 1;
  return bin;
}

/**
 * A histogram of values in bins that hold a tenth of them each, as far as equal values allow: many scores are
 * 1, and what is one value cannot be parted.
 */
export function histogramOf(values: ArrayLike<number>): BaselineHistogram {
  const sorted = Float64Array.from(values).sort();
  const edges: number[] = [];
  for (let bin = 1; bin < BINS; bin += 1) {
    const edge = sorted[Math.ceil((bin * sorted.length) / BINS) - 1];
    // Behind the greatest value there would be nothing.
    const isNew = edge !== undefined && edge !== edges.at(-1) && edge !== sorted.at(-1);
    if (isNew) edges.push(edge);
  }
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of sorted) counts[binOf(value, edges)]! += 1;
  return { edges, counts };
}
