import { byNumberThenText, nameClasses, spellingOf, wholeNumberIn } from './class-names.ts';
import { undecided } from './refusal.ts';

/** The classes of a dataset while it is read: a number for every label. */
export interface ClassIndex {
  /** The number of a label, or why it is of no class. */
  indexOf(label: unknown): number | string;
  /**
   * The classes in the order of the outputs; rewrites `labels` from what `indexOf` said to that order, with
   * -1 for a label that turned out to mean no class.
   */
  finish(labels: Int32Array): readonly string[];
}

/** Most different labels: more means that the label column was taken wrongly. */
const MAX_CLASSES = 10_000;
const MISSING = 'the label is missing';
const NO_CLASS = -1;

/** Classes that the request names, or those that occur. */
export function createClassIndex(given: readonly string[] | undefined): ClassIndex {
  return given ? indexOfGiven(given) : indexOfFound();
}

/** Every spelling has a number of its own until all are known: only then it shows what they mean. */
function indexOfFound(): ClassIndex {
  const indices = new Map<string, number>();
  return {
    indexOf(label) {
      const spelling = spellingOf(label);
      if (spelling === undefined) return MISSING;
      const known = indices.get(spelling);
      if (known !== undefined) return known;
      if (indices.size >= MAX_CLASSES) {
        throw undecided(
          'labelColumn',
          `it has more than ${MAX_CLASSES} different labels; is labelColumn right?`,
        );
      }
      indices.set(spelling, indices.size);
      return indices.size - 1;
    },
    finish(labels) {
      const names = nameClasses([...indices.keys()]);
      const used = new Set(Array.from(new Set(labels), (label) => names[label]));
      const classes = [...used].filter((name) => name !== undefined).sort(byNumberThenText);
      const order = new Map<string | undefined, number>(
        classes.map((name, index) => [name, index]),
      );
      labels.forEach((label, index) => {
        labels[index] = order.get(names[label]) ?? NO_CLASS;
      });
      return classes;
    },
  };
}

/** A label means the class with its very name, with the same text or number, or else with its number. */
function indexOfGiven(given: readonly string[]): ClassIndex {
  const exact = new Map<unknown, number>(given.map((name, index) => [name, index]));
  const byText = firstOf(given.map((name) => spellingOf(name) ?? name));
  const numbers = given.map(wholeNumberIn);
  const areWords = numbers.every((number) => number === undefined);
  const find = (spelling: string): number | undefined => {
    const named = byText.get(spelling);
    if (named !== undefined) return named;
    const number = wholeNumberIn(spelling);
    if (number === undefined) return undefined;
    // Files often hold class numbers where the request names the classes.
    const index = areWords ? number : numbers.indexOf(number);
    return index in given ? index : undefined;
  };
  return {
    indexOf(label) {
      const known = exact.get(label);
      if (known !== undefined) return known;
      const spelling = spellingOf(label);
      if (spelling === undefined) return MISSING;
      return find(spelling) ?? `"${spelling.slice(0, 50)}" is not one of the classes`;
    },
    finish: () => given,
  };
}

/** Where each of them comes first. */
function firstOf(keys: readonly string[]): Map<string, number> {
  const indices = new Map<string, number>();
  for (const [index, key] of keys.entries()) if (!indices.has(key)) indices.set(key, index);
  return indices;
}
