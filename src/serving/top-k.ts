import { errors } from '../errors.ts';
import type { PreparedExample } from '../image/prepare-pixels.ts';
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

/** Nobody is surer than this that something is not so. */
const LEAST = 1e-6;

/**
 * A raw output of a model for a digit that was cut out of ink of several, as what cut it would have it, too: the normalised geometric mean of both
 * (a logarithmic opinion pool, C. Genest and J. Zidek, "Combining probability distributions", 1986). A model has learnt whole digits; what cuts them has
 * learnt what cuts leave. Any other output, and that of a model of anything but the ten digits, is what it was.
 */
export function heardBeside(
  output: Float32Array,
  { ifCut }: Pick<PreparedExample, 'ifCut'>,
  { output: { kind }, classes }: Signature,
): Float32Array {
  if (!ifCut || kind === 'sigmoid' || !isDigits(classes)) return output;
  const scores = toScores(output, kind);
  const logs = scores.map(
    (score, at) => (Math.log(score + LEAST) + Math.log(ifCut[Number(classes[at])]! + LEAST)) / 2,
  );
  if (kind === 'logits') return Float32Array.from(logs);
  const pooled = logs.map(Math.exp);
  const sum = pooled.reduce((total, each) => total + each, 0);
  return Float32Array.from(pooled, (each) => each / sum);
}

const isDigits = (classes: readonly string[]): boolean =>
  classes.length === 10 &&
  new Set(classes).size === 10 &&
  classes.every((name) => /^[0-9]$/.test(name));

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
