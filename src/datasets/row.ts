import type { Provenance } from '../image/provenance.ts';
import type { ImageShape } from './dataset.ts';
import type { PixelScale } from './pixels/pixel-range.ts';
import type { DecidingOption } from './refusal.ts';

/** One row of a dataset file as its reader found it: an example, or why it is none. */
export type Row = ExampleRow | RefusedRow;

/** Where a row is in its dataset. */
export interface RowLocation {
  readonly line: number;
  /** Of a JSON array, or one of NumPy, its place among the elements, from 0: they may all be on one line. */
  readonly element?: number;
  /** The file or archive entry it came from, where there are several. */
  readonly entry?: string;
}

export interface ExampleRow extends RowLocation {
  readonly label: unknown;
  /** Flat, in HWC order: numbers, or text that should be numbers. */
  readonly values: ArrayLike<unknown>;
  /** When the file itself says it (IDX header, nested arrays). */
  readonly shape?: ImageShape;
  /** That the values are bytes of 0..255 already: of a decoded image, or scaled by their reader. */
  readonly isFinal?: boolean;
  /** That bytes were made of values which looked scaled to 0..1 already. */
  readonly isScaled?: boolean;
  /** The image file it was made of. */
  readonly encoded?: Uint8Array;
  /** What the image file it was made of is. */
  readonly provenance?: Provenance;
  /** The size of the image it was made of, before it was brought to the shape. */
  readonly original?: ImageShape;
}

/** Why a row is no example. */
export interface RowProblem {
  readonly problem: string;
  /** That of the error it is, where one told it. */
  readonly code?: string;
  /** What would decide it, and what that could be. */
  readonly option?: DecidingOption;
  readonly values?: readonly unknown[];
}

export interface RefusedRow extends RowLocation, RowProblem {
  /** That a pixel is outside of the range of values. */
  readonly isOutside?: boolean;
}

/** What the field of pixels is called where a row has one for all of them. */
export const pixelFields = ['pixels', 'features', 'image', 'values'];

/** Writes the pixels of a row as bytes at `offset`; returns the reason why it cannot, or undefined. */
export function writePixels(
  { values, isFinal }: Pick<ExampleRow, 'values' | 'isFinal'>,
  scale: PixelScale,
  out: Uint8Array,
  offset: number,
): string | undefined {
  if (values instanceof Uint8Array) {
    if (isFinal) out.set(values, offset);
    else {
      const outside = scale.copy(values, out, offset);
      if (outside >= 0) return notInRange(outside, scale);
    }
    return undefined;
  }
  let outside = -1;
  for (let i = 0; i < values.length; i += 1) {
    // The rest is looked at too: what values there are is told when the dataset is refused.
    const byte = scale.byteOf(numberOf(values[i]));
    if (byte >= 0) out[offset + i] = byte;
    else if (outside < 0) outside = i;
  }
  return outside < 0 ? undefined : notInRange(outside, scale);
}

/** Why a row whose pixel at this index is none of the range cannot be used. */
export function notInRange(pixel: number, { range: { min, max } }: PixelScale): string {
  return `pixel ${pixel} is not a number from ${min} to ${max}`;
}

/** Whether every pixel is at most 1 and some are broken numbers: scaled already, not 0..255. */
export function looksScaled(values: ArrayLike<unknown>): boolean {
  if (values instanceof Uint8Array) return false;
  let fractions = false;
  for (let at = 0; at < values.length; at += 1) {
    const number = numberOf(values[at]);
    if (number > 1) return false;
    fractions ||= !Number.isInteger(number);
  }
  return fractions;
}

/** The shape of a square image with so many values: grey, or colour; the two never collide. */
export function squareShape(count: number): ImageShape | undefined {
  for (const channels of [1, 3] as const) {
    const side = Math.round(Math.sqrt(count / channels));
    if (side > 0 && side * side * channels === count) {
      return { width: side, height: side, channels };
    }
  }
  return undefined;
}

/** Shapes that so many values could have, grey first: those next to a square. */
export function likelyShapes(count: number): ImageShape[] {
  return ([1, 3] as const).flatMap((channels) => {
    const area = count / channels;
    if (!Number.isInteger(area)) return [];
    let height = Math.floor(Math.sqrt(area));
    while (area % height > 0) height -= 1;
    const width = area / height;
    return height > 1 && width <= 1024 ? [{ width, height, channels }] : [];
  });
}

/** The number of a value or of its text; NaN for what is none. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') return Number.NaN;
  const number = Number(value);
  // Number('') and Number('  ') are 0, but a blank cell is a missing pixel.
  return number === 0 && value.trim() === '' ? Number.NaN : number;
}
