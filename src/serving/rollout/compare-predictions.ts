import type { FailedPrediction, Prediction } from '../predictor.ts';

/** How two versions answered the same images. */
export interface Compared {
  /** Images that both answered. */
  readonly compared: number;
  readonly agreed: number;
  /** Images that one of them did not answer. */
  readonly failed: number;
  /** For each compared image: the score of the class that was answered, less the one that the other gives it. */
  readonly differences: readonly number[];
}

/** `shown` names every class with its score; one that it does not know has none. */
export function comparePredictions(
  answered: readonly (Prediction | FailedPrediction)[],
  shown: readonly (Prediction | FailedPrediction)[],
): Compared {
  const differences: number[] = [];
  let agreed = 0;
  for (const [index, one] of answered.entries()) {
    const other = shown[index];
    if ('error' in one || other === undefined || 'error' in other) continue;
    if (one.label === other.label) agreed += 1;
    const theirs = other.top.find(({ label }) => label === one.label)?.score ?? 0;
    differences.push(one.score - theirs);
  }
  const compared = differences.length;
  return { compared, agreed, failed: answered.length - compared, differences };
}

/** Which images the other version answered with another class, and with which. */
export function disagreementsOf(
  answered: readonly (Prediction | FailedPrediction)[],
  shown: readonly (Prediction | FailedPrediction)[],
): { readonly index: number; readonly label: string }[] {
  return answered.flatMap((one, index) => {
    const other = shown[index];
    if ('error' in one || other === undefined || 'error' in other) return [];
    return one.label === other.label ? [] : { index, label: other.label };
  });
}
