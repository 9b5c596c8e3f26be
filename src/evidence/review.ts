import type { RecentPrediction } from './recent-predictions.ts';

/** Why somebody should look at a prediction. */
export const reviewReasons = ['disagreement', 'warned', 'uncertain'] as const;
export type ReviewReason = (typeof reviewReasons)[number];

export interface ReviewedPrediction extends Pick<
  RecentPrediction,
  'id' | 'version' | 'label' | 'score' | 'warnings' | 'disagreements'
> {
  readonly reasons: readonly ReviewReason[];
}

/**
 * The predictions that there is most reason to doubt, of those that nobody has labelled: first those that another
 * version answered otherwise, then those with a warning, then all others by their score, the least certain first
 * (least confidence sampling: D. Lewis and W. Gale, 1994). Pure.
 */
export function mostDoubtful(
  predictions: readonly RecentPrediction[],
  count: number,
): ReviewedPrediction[] {
  return predictions
    .filter(({ truth }) => truth === undefined)
    .map((prediction) => ({ prediction, rank: rankOf(prediction) }))
    .toSorted((a, b) => a.rank - b.rank || a.prediction.score - b.prediction.score)
    .slice(0, count)
    .map(({ prediction }) => {
      const { id, version, label, score, warnings, disagreements } = prediction;
      const reasons = reasonsOf(prediction);
      return { id, version, label, score, warnings, disagreements, reasons };
    });
}

function rankOf({ disagreements, warnings }: RecentPrediction): number {
  if (disagreements.length > 0) return 0;
  return warnings.length > 0 ? 1 : 2;
}

function reasonsOf({ disagreements, warnings }: RecentPrediction): ReviewReason[] {
  return reviewReasons.filter((reason) => {
    if (reason === 'disagreement') return disagreements.length > 0;
    const isUncertain = warnings.includes('uncertain');
    return reason === 'uncertain' ? isUncertain : warnings.some((one) => one !== 'uncertain');
  });
}
