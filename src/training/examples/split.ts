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

export interface SplitShares {
  /** Shares of all examples, each 0 to below 1. */
  readonly validation: number;
  readonly test: number;
}

/**
 * Splits examples by class, so that every part has the classes in the same proportions (up to rounding),
 * at random but always the same way for the same generator. Each part keeps the dataset's order.
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
    const validation = Math.min(Math.floor(owedValidation + 1e-9), spare);
    const test = Math.min(Math.floor(owedTest + 1e-9), spare - validation);
    owedValidation -= validation;
    owedTest -= test;
    split.validation.push(...indices.slice(0, validation));
    split.test.push(...indices.slice(validation, validation + test));
    split.training.push(...indices.slice(validation + test));
  }
  if (split.training.length === 0) throw new errors.GLIMPSE_DATASET_EMPTY();
  return {
    training: Int32Array.from(split.training).sort(),
    validation: Int32Array.from(split.validation).sort(),
    test: Int32Array.from(split.test).sort(),
  };
}
