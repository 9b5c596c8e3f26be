/** The cut that splits values best into two groups. */
export interface Split {
  readonly threshold: number;
  /** Variance between the groups over all variance: 1 = two sharp levels, about .64 = mere noise. */
  readonly separability: number;
}

export const BINS = 256;

/**
 * Otsu's method: the cut of `total` values that were counted in bins of equal width over 0..`top`. Where many cuts are equally good (two
 * sharp levels), the middle one.
 */
export function splitOf(counts: ArrayLike<number>, total: number, top: number): Split {
  const scale = BINS / (top || 1);
  let sum = 0;
  let squares = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    sum += bin * counts[bin]!;
    squares += bin * bin * counts[bin]!;
  }
  const variance = squares / total - (sum / total) ** 2;
  if (!(variance > 0)) return { threshold: top / 2, separability: 0 };

  let best = 0;
  let first = 0;
  let last = 0;
  let countBelow = 0;
  let sumBelow = 0;
  let between = 0;
  for (let bin = 0; bin < BINS - 1; bin += 1) {
    const count = counts[bin]!;
    countBelow += count;
    sumBelow += bin * count;
    const countAbove = total - countBelow;
    if (countBelow === 0 || countAbove === 0) continue;
    // A cut behind an empty bin parts the values as the cut before it does.
    if (count !== 0) {
      const gap = sumBelow / countBelow - (sum - sumBelow) / countAbove;
      between = (countBelow / total) * (countAbove / total) * gap * gap;
    }
    if (between > best * (1 + 1e-9)) {
      best = between;
      first = bin;
      last = bin;
    } else if (between >= best * (1 - 1e-9)) last = bin;
  }
  return { threshold: ((first + last) / 2 + 1) / scale, separability: best / variance };
}
