/**
 * How likely so many lost ones are where neither of two is worse: McNemar's exact test, one-sided (Q. McNemar, "Note on
 * the sampling error of the difference between correlated proportions or percentages", Psychometrika 12, 1947). Of the
 * same examples only those tell something that one of the two gets right and the other wrong; where they differ by
 * chance alone, each is as likely lost as gained: P(X >= lost) of X binomial with lost + gained trials and
 * probability 1/2.
 */
export function chanceOf(lost: number, gained: number): number {
  const trials = lost + gained;
  let logarithm = -trials * Math.log(2);
  let sum = 0;
  for (let successes = trials; successes >= lost; successes -= 1) {
    sum += Math.exp(logarithm);
    logarithm += Math.log(successes) - Math.log(trials - successes + 1);
  }
  return Math.min(1, sum);
}
