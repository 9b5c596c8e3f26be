/**
 * The population stability index of two counts in the same bins: the sum over all bins of
 * `(actual - expected) * ln(actual / expected)`, of shares (N. Siddiqi, "Credit Risk Scorecards", 2006; it is the
 * symmetric divergence of H. Jeffreys, 1946). By custom below 0.1 nothing has changed, and above 0.25 much has.
 * Half a count is added to every bin, without which an empty one would be infinitely much.
 *
 * Of two samples of the same it is about `(bins - 1) * (1 / n + 1 / m)` by chance alone (B. Yurdakul, "Statistical
 * properties of population stability index", 2018).
 */
export function stabilityIndex(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  const [expectedSum, actualSum] = [smoothSum(expected), smoothSum(actual)];
  let index = 0;
  for (let bin = 0; bin < expected.length; bin += 1) {
    const before = (expected[bin]! + HALF) / expectedSum;
    const now = (actual[bin]! + HALF) / actualSum;
    index += (now - before) * Math.log(now / before);
  }
  return index;
}

const HALF = 0.5;

function smoothSum(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin += 1) sum += counts[bin]! + HALF;
  return sum;
}

/** So many are needed for each bin, so that chance alone stays below half of what is called a change. */
const PER_BIN = 20;

/** With how many predictions a figure of so many bins is shown. */
export function enoughFor(bins: number): number {
  return PER_BIN * bins;
}
