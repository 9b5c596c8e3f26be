import { bestOf, type ClassScores } from '../class-scores.ts';
import type { Asked } from './predictions-form.ts';

/** How many classes TorchServe's image classifiers name. */
const named = 5;

/** The likeliest classes of each image with their scores, best first, as TorchServe's image classifiers answer them. */
export function classifierAnswer({ classes, rows }: ClassScores, asked: Asked): string {
  const objects = rows.map((scores) => objectOf(classes, scores));
  return asked === 'one' ? objects[0]! : `[${objects.join(',')}]`;
}

/** Written by hand: JavaScript puts the fields of an object whose names are numbers, like those of digits, in their order. */
function objectOf(classes: readonly string[], scores: ArrayLike<number>): string {
  const pairs = bestOf(scores, named).map((at) => `${JSON.stringify(classes[at])}:${scores[at]}`);
  return `{${pairs.join(',')}}`;
}
