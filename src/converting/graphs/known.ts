import { errors } from '../../errors.ts';
import { sizeOf } from '../../tensor.ts';
import { shownShape, unsupported } from '../refusals.ts';

/** What numbers of a graph are, as far as it matters here: all floats are computed in 32 bits, whole numbers and truth values in 64. */
export type NumberKind = 'float' | 'whole' | 'bool';

/**
 * Numbers that are known while the graph is written: constants, shapes, and what is computed from them. NaN among whole numbers stands
 * for the count of images, which only those who run the graph know.
 */
export interface Known {
  readonly kind: NumberKind;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** How many numbers may be computed before the graph runs. */
export interface Allowance {
  /** Takes so many of them. GLIMPSE_MODEL_FILE_TOO_LARGE when there are fewer left. */
  spend(count: number): void;
}

/** Nets for images have four axes, and a few in between. */
export const mostAxes = 8;

/** Numbers for so many bytes. */
export function allowanceOf(maxBytes: number): Allowance {
  let left = maxBytes / 4;
  return {
    spend(count) {
      left -= count;
      if (!(left >= 0)) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(maxBytes);
    },
  };
}

/** Room for the numbers of a shape. */
export function emptyKnown(
  kind: NumberKind,
  shape: readonly number[],
  allowance: Allowance,
): Known {
  if (shape.length > mostAxes) throw unsupported(`a shape of ${shape.length} axes`);
  const size = sizeOf(shape);
  allowance.spend(size + 1);
  return { kind, shape, data: kind === 'float' ? new Float32Array(size) : new Float64Array(size) };
}

/** One whole number. */
export function wholeNumber(value: number): Known {
  return { kind: 'whole', shape: [], data: Float64Array.of(value) };
}

/** The same numbers in another shape. */
export function reshapedKnown(known: Known, wanted: readonly number[]): Known {
  const size = known.data.length;
  const rest = sizeOf(wanted.filter((length) => length >= 0));
  const shape = wanted.map((length) => (length === -1 ? size / rest : length));
  if (sizeOf(shape) !== size || !shape.every(Number.isInteger) || shape.length > mostAxes) {
    throw unsupported(`${shownShape(known.shape)} cannot become ${shownShape(wanted)}`);
  }
  return { ...known, shape };
}

/** Of each axis the values at these places, in this order; undefined for all of them. */
export function pickedKnown(
  known: Known,
  places: readonly (readonly number[] | undefined)[],
  allowance: Allowance,
): Known {
  const { shape, data } = known;
  const at = shape.map(
    (length, axis) => places[axis] ?? Array.from({ length }, (_, place) => place),
  );
  for (const [axis, list] of at.entries()) {
    const isWithin = list.every((place) => place >= 0 && place < shape[axis]!);
    if (!isWithin) throw unsupported(`a piece that is not within ${shownShape(shape)}`);
  }
  const out = emptyKnown(
    known.kind,
    at.map(({ length }) => length),
    allowance,
  );
  let next = 0;
  const walk = (axis: number, from: number): void => {
    if (axis === shape.length) {
      out.data[next] = data[from]!;
      next += 1;
      return;
    }
    const step = sizeOf(shape.slice(axis + 1));
    for (const place of at[axis]!) walk(axis + 1, from + place * step);
  };
  walk(0, 0);
  return out;
}
