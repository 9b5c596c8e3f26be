import type { GlimpseError } from '../../errors.ts';
import { undecided, type Refuse } from '../refusal.ts';
import type { DatasetSpec } from '../spec.ts';

/** What the numbers of a dataset mean: the least of them is black, the greatest white. */
export interface PixelRange {
  readonly min: number;
  readonly max: number;
}

/**
 * How large the largest value of a whole dataset must be to be believed that it is of 0..255. Numbers in a
 * table are of any range; a file of bytes says it, but for values that nobody could see. Images and stored
 * datasets leave no room, and are not asked.
 */
export const leastMaximum = { table: 128, bytes: 17, certain: 0 } as const;

/** Makes bytes of the values of one dataset, and remembers which values it had. */
export interface PixelScale {
  /** What a request said; 0..255 when it said nothing. */
  readonly range: PixelRange;
  readonly isDeclared: boolean;
  /** The byte of a value; -1 for one outside of the range, and for what is no number. */
  byteOf(value: number): number;
  /** Writes the bytes of values that are bytes; the index of the first outside of the range, or -1. */
  copy(values: Uint8Array, out: Uint8Array, offset: number): number;
  /** Why it was not of 0..255, when nobody said what it is of and it had other values. */
  outsideRefusal(): GlimpseError | undefined;
  /** Refuses values of which nobody said what they mean, and that can hardly be of 0..255. */
  judge(least: number, refuse: Refuse): void;
}

const BYTES: PixelRange = { min: 0, max: 255 };

/** The scale for a dataset whose range was declared, or not. */
export function createPixelScale(declared: PixelRange | undefined): PixelScale {
  const { min, max } = declared ?? BYTES;
  const factor = 255 / (max - min);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const remember = (value: number): void => {
    if (value < least) least = value;
    if (value > most) most = value;
  };
  const byteOf = (value: number): number => {
    remember(value);
    // Written so that NaN fails too. A declared end may be rounded: half a byte beyond it is still it.
    if (!declared) return value >= min && value <= max ? Math.round(value) : -1;
    const byte = Math.round((value - min) * factor);
    return byte >= 0 && byte <= 255 ? byte : -1;
  };
  return {
    range: { min, max },
    isDeclared: declared !== undefined,
    byteOf,
    copy(values, out, offset) {
      if (declared) return scaleBytes(values, byteOf, out, offset);
      out.set(values, offset);
      for (const value of values) {
        if (most >= leastMaximum.table) break;
        remember(value);
      }
      return -1;
    },
    outsideRefusal() {
      if (declared || (least >= 0 && most <= 255)) return undefined;
      const ends = [shown(least), shown(most)];
      return undecided(
        'range',
        `its values go from ${ends[0]} to ${ends[1]}, not from 0 to 255; say which of them are black and white: dataset.range, e.g. [${ends.join(', ')}] (--range)`,
        { min: least, max: most, values: [ends] },
      );
    },
    judge(lowest, refuse) {
      if (declared || least > most || most >= lowest) return;
      const usual = usualMaximum(most);
      const error = undecided(
        'range',
        `its values go from ${shown(least)} to ${shown(most)}, not to 255; say what white is: dataset.range, e.g. ${usual} (--range), or 255 if its images are that dark`,
        { min: least, max: most, values: usual === 255 ? [255] : [usual, 255] },
      );
      refuse(error);
    },
  };
}

function scaleBytes(
  values: Uint8Array,
  byteOf: (value: number) => number,
  out: Uint8Array,
  offset: number,
): number {
  for (let at = 0; at < values.length; at += 1) {
    const byte = byteOf(values[at]!);
    if (byte < 0) return at;
    out[offset + at] = byte;
  }
  return -1;
}

/** The range that a request declares. */
export function rangeOf({ range }: Pick<DatasetSpec, 'range'>): PixelRange | undefined {
  if (range === undefined) return undefined;
  const [min = 0, max = 0] = typeof range === 'number' ? [0, range] : range;
  if (min < max) return { min, max };
  throw undecided('range', `dataset.range [${min}, ${max}] does not go up`);
}

/** Ranges that writers use, for the example in a refusal. */
function usualMaximum(most: number): number {
  return [1, 15, 16, 31, 63, 100, 127].find((usual) => most <= usual) ?? 255;
}

const shown = (value: number): number => Number(value.toPrecision(5));
