import { errors } from '../../errors.ts';
import type { Random } from '../../random.ts';

/** Which examples of a dataset have which part to play. */
export interface Split {
  /** Learnt from. */
  readonly training: Int32Array;
  /** Watched while training and used for choices: early stopping, the temperature. */
  readonly validation: Int32Array;
  /** Only measured on: nothing is chosen by these. */
  readonly test: Int32Array;
}

/** Which share of a dataset is chosen by, and which is measured on, when a request says nothing. */
export const DEFAULT_SHARE = 0.1;

export interface SplitShares {
  /** Shares of all examples, each 0 to below 1. */
  readonly validation: number;
  readonly test: number;
}

/**
 * Splits examples by class, so that every part has the classes in the same proportions (up to rounding),
 * at random but always the same way for the same generator. Each part keeps the dataset's order. Of a rare
 * class every part that is wanted has one at least: what is not measured cannot be known.
 */
export function splitExamples(
  labels: Int32Array,
  classes: number,
  shares: SplitShares,
  random: Random,
): Split {
  const members: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, index) => members[label]!.push(index));
  const split = { training: [] as number[], validation: [] as number[], test: [] as number[] };
  // Shares of a class are rarely whole: what is rounded off is carried on to the next class.
  let [owedValidation, owedTest] = [0, 0];
  for (const indices of members) {
    random.shuffle(indices);
    owedValidation += indices.length * shares.validation;
    owedTest += indices.length * shares.test;
    // One example of every class is always learnt from.
    const spare = Math.max(0, indices.length - 1);
    const test = Math.min(partOf(owedTest, shares.test, indices.length), spare);
    const validation = Math.min(
      partOf(owedValidation, shares.validation, indices.length),
      spare - test,
    );
    owedValidation -= validation;
    owedTest -= test;
    // One by one: as arguments of one call so many would overflow the stack.
    for (const [at, index] of indices.entries()) {
      if (at < validation) split.validation.push(index);
      else if (at < validation + test) split.test.push(index);
      else split.training.push(index);
    }
  }
  if (split.training.length === 0) throw new errors.GLIMPSE_DATASET_EMPTY();
  return {
    training: Int32Array.from(split.training).sort(),
    validation: Int32Array.from(split.validation).sort(),
    test: Int32Array.from(split.test).sort(),
  };
}

/** Fewest examples of a class that can be in all three parts. */
const ENOUGH_FOR_ALL = 3;

/** How many of a class belong to a part that is owed so many. */
function partOf(owed: number, share: number, examples: number): number {
  const least = share > 0 && examples >= ENOUGH_FOR_ALL ? 1 : 0;
  return Math.max(Math.floor(owed + 1e-9), least);
}
