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
 * class every part that is wanted has one at least: what is not measured cannot be known. Examples of one of the
 * `groups` are never parted; a group counts for the class of its first.
 */
export function splitExamples(
  labels: Int32Array,
  classes: number,
  shares: SplitShares,
  random: Random,
  groups: readonly (readonly number[])[] = [],
): Split {
  const split = { training: [] as number[], validation: [] as number[], test: [] as number[] };
  // Shares of a class are rarely whole: what is rounded off is carried on to the next class.
  let [owedValidation, owedTest] = [0, 0];
  for (const ofClass of unitsByClass(labels, classes, groups)) {
    const units = random.shuffle([...ofClass.keys()]).map((at) => ofClass[at]!);
    const examples = units.reduce((sum, { length }) => sum + length, 0);
    owedValidation += examples * shares.validation;
    owedTest += examples * shares.test;
    const parts = divide(units, {
      test: partOf(owedTest, shares.test, units.length),
      validation: partOf(owedValidation, shares.validation, units.length),
    });
    owedValidation -= parts.validation.length;
    owedTest -= parts.test.length;
    // One by one: as arguments of one call so many would overflow the stack.
    for (const name of ['training', 'validation', 'test'] as const) {
      for (const index of parts[name]) split[name].push(index);
    }
  }
  if (split.training.length === 0) throw new errors.GLIMPSE_DATASET_EMPTY();
  return {
    training: Int32Array.from(split.training).sort(),
    validation: Int32Array.from(split.validation).sort(),
    test: Int32Array.from(split.test).sort(),
  };
}

/** What is never parted: the groups of each class, and every other example by itself, in the order of the first of each. */
function unitsByClass(labels: Int32Array, classes: number, groups: Units): (readonly number[])[][] {
  const groupOf = new Map(groups.flatMap((group) => group.map((index) => [index, group] as const)));
  const units: (readonly number[])[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, index) => {
    const group = groupOf.get(index);
    if (group === undefined) units[label]!.push([index]);
    else if (group[0] === index) units[label]!.push(group);
  });
  return units;
}

type Units = readonly (readonly number[])[];

/**
 * Divides the units of a class. One is always learnt from, and one is left to be measured on before any is watched; a
 * part takes a unit that is larger than what it is owed only where it would have none.
 */
function divide(units: Units, wanted: { readonly test: number; readonly validation: number }) {
  const spare = units.reduce((sum, { length }) => sum + length, 0) - 1;
  const test = Math.min(wanted.test, spare);
  const isScarce = units.length < 3 && test > 0;
  const watched = take(units, isScarce ? 0 : Math.min(wanted.validation, spare - test), {
    leave: test > 0 ? 2 : 1,
  });
  const measured = take(watched.left, test, { leave: 1 });
  return { validation: watched.taken, test: measured.taken, training: measured.left.flat() };
}

/** The first units that make up so many examples, and all others, of which there are so many at least. */
function take(units: Units, count: number, { leave }: { readonly leave: number }) {
  const taken: number[] = [];
  const left: (readonly number[])[] = [];
  let spare = units.length - leave;
  for (const unit of units) {
    const fits = taken.length === 0 || taken.length + unit.length <= count;
    if (spare > 0 && taken.length < count && fits) {
      for (const index of unit) taken.push(index);
      spare -= 1;
    } else left.push(unit);
  }
  return { taken, left };
}

/** Fewest units of a class that can be in all three parts. */
const ENOUGH_FOR_ALL = 3;

/** How many of a class belong to a part that is owed so many. */
function partOf(owed: number, share: number, units: number): number {
  const least = share > 0 && units >= ENOUGH_FOR_ALL ? 1 : 0;
  return Math.max(Math.floor(owed + 1e-9), least);
}
