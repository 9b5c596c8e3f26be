import { messageOf } from './errors.ts';

/** Whether a value is an object with named fields: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof NumberList)
  );
}

/** What is known of a list of numbers, read out of JSON. */
interface ReadNumbers {
  /** The lengths of its lists, from the outermost on. */
  readonly shape: readonly number[];
  /** All numbers in their order, each as the nearest one of 32 bits to what JSON.parse gives. */
  readonly values: Float32Array;
  /** No number is less, before it was rounded. */
  readonly least: number;
  /** No number is greater, before it was rounded. */
  readonly greatest: number;
  /** Before they were rounded. Not said where it is not certain. */
  readonly areWhole: boolean;
  /** Lists of JavaScript, as JSON.parse gives them. */
  readonly read: () => readonly unknown[];
}

/**
 * A list of numbers out of JSON, or of lists of them of a regular shape, in one piece of memory. It has no fields, so that
 * nobody takes it for an object that somebody has sent.
 */
export class NumberList {
  readonly #read: ReadNumbers;

  constructor(read: ReadNumbers) {
    this.#read = read;
  }

  get shape(): readonly number[] {
    return this.#read.shape;
  }

  get values(): Float32Array {
    return this.#read.values;
  }

  /** Whether all numbers are certain to lie within these two. */
  isWithin(least: number, greatest: number): boolean {
    return this.#read.least >= least && this.#read.greatest <= greatest;
  }

  /** Whether all numbers are certain to be whole. */
  get areWhole(): boolean {
    return this.#read.areWhole;
  }

  /** The same as lists of JavaScript. */
  plain(): readonly unknown[] {
    return this.#read.read();
  }

  /** What stands in the outermost list: other lists, or numbers. */
  items(): readonly unknown[] {
    const { shape, values, read } = this.#read;
    const [length, ...inner] = shape;
    if (length === undefined || inner.length === 0) return Array.from(values);
    const size = values.length / length;
    return Array.from({ length }, (_, at) => {
      const own = { shape: inner, values: values.subarray(at * size, (at + 1) * size) };
      return new NumberList({ ...this.#read, ...own, read: () => listAt(read(), at) });
    });
  }
}

/** Whether a value is a list of JSON, in whatever form it was read. */
export function isList(value: unknown): value is readonly unknown[] | NumberList {
  return Array.isArray(value) || value instanceof NumberList;
}

/** The items of a list of JSON, in whatever form it was read; undefined for what is no list. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof NumberList) return value.items();
  return Array.isArray(value) ? value : undefined;
}

/** Deeper than lists of numbers are read. */
const mostLevels = 16;

/** Lists with every list of numbers in them as JSON.parse gives it. */
export function plainOf(value: unknown, level = 0): unknown {
  if (value instanceof NumberList) return value.plain();
  if (!Array.isArray(value) || level > mostLevels) return value;
  if (!value.some((each) => typeof each === 'object')) return value;
  return value.map((each) => plainOf(each, level + 1));
}

function listAt(lists: readonly unknown[], at: number): readonly unknown[] {
  const list = lists[at];
  if (Array.isArray(list)) return list;
  throw new Error('a list of numbers of another shape than was read: this is our bug');
}

/**
 * Why a text is no JSON, from what `JSON.parse` threw, without a word of the text: it may be a secret in the wrong
 * place, and whoever reads the error need not be allowed to read it.
 */
export function jsonProblemOf(error: unknown): string {
  const message = messageOf(error);
  // V8 quotes the text in this form of sentence only; its others name places.
  return message.endsWith('is not valid JSON') ? 'an unexpected character' : message;
}

/** JSON with the fields of every object in order: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
