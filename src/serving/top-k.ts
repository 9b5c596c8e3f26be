import { errors } from '../errors.ts';
import { toScores, type Signature } from '../signature.ts';

/** A class and how likely the model finds it: beside the others, or by itself (`sigmoid`). */
export interface ScoredClass {
  readonly label: string;
  readonly score: number;
}

/**
 * The `k` likeliest classes of one raw output, best first; equal scores keep the order of the classes.
 * Throws GLIMPSE_RUNTIME_FAILED for numbers that are not finite: JSON could not carry them.
 */
export function topK(
  output: ArrayLike<number>,
  { output: { kind }, classes }: Signature,
  k: number,
): ScoredClass[] {
  const scores = toScores(output, kind);
  if (!scores.every(Number.isFinite)) {
    throw new errors.GLIMPSE_RUNTIME_FAILED('it answers with numbers that are not finite');
  }
  return largest(scores, Math.min(k, classes.length)).map((index) => ({
    label: classes[index]!,
    score: scores[index]!,
  }));
}

/** The classes that cannot be excluded: all with this score or more, best first, and the best one in any case. */
export function predictionSet(
  output: ArrayLike<number>,
  { output: { kind }, classes }: Signature,
  minScore: number,
): string[] {
  const scores = toScores(output, kind);
  const count = scores.reduce((sum, score) => sum + (score >= minScore ? 1 : 0), 0);
  return largest(scores, Math.max(1, count)).map((index) => classes[index]!);
}

/** Indices of the `count` largest values: one pass that keeps a short ordered list, however many there are. */
function largest(values: readonly number[], count: number): number[] {
  const best: number[] = [];
  values.forEach((value, index) => {
    if (best.length === count && value <= values[best.at(-1)!]!) return;
    let position = best.length;
    while (position > 0 && values[best[position - 1]!]! < value) position -= 1;
    best.splice(position, 0, index);
    if (best.length > count) best.pop();
  });
  return best;
}
