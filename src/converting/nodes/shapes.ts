import { sizeOf } from '../../tensor.ts';
import { reshapedKnown, type Known } from '../graphs/known.ts';
import { reshape } from '../operations/shaping.ts';
import { shownShape, unsupported } from '../refusals.ts';
import type { NetGraph } from '../tensors/net-graph.ts';
import { ofWritten, reshaped, writtenOf, type Tensor } from '../tensors/tensor.ts';
import { isKnown, type Computed, type Datum } from './node-call.ts';

/** The shape of a value; of a computed one the first length is -1. */
export const shapeOf = (datum: Datum): readonly number[] =>
  isKnown(datum) ? datum.shape : datum.tensor.shape;

/** A shape as whole numbers, with NaN for the count of images. */
export function lengthsOfShape(datum: Datum): Known {
  const shape = shapeOf(datum).map((length) => (length < 0 ? NaN : length));
  return { kind: 'whole', shape: [shape.length], data: Float64Array.from(shape) };
}

/**
 * A value in another shape. The first axis may take others in and give them back, as TensorFlow's matrix products of images do: then
 * so many rows of it belong to one image.
 */
export function inShape(graph: NetGraph, datum: Datum, wanted: readonly number[]): Datum {
  if (isKnown(datum)) return reshapedKnown(datum, wanted);
  const { tensor, rows } = datum;
  const [first = NaN, ...others] = wanted;
  const size = sizeOf(tensor.shape.slice(1)) * rows;
  const open = others.filter((length) => !(length >= 0)).length;
  const rest = others.map((length) =>
    length >= 0 ? length : size / (rows * sizeOf(others.filter((one) => one >= 0))),
  );
  const rowsAfter = open > 0 ? rows : size / sizeOf(rest);
  const isFirst = first === -1 || Number.isNaN(first) || (first > 0 && rowsAfter === rows);
  const fits = wanted.length > 0 && open <= 1 && rest.every(Number.isInteger);
  if (!fits || !isFirst || !Number.isInteger(rowsAfter) || rowsAfter < 1) {
    const shown = wanted.map((length) => (Number.isNaN(length) ? null : length));
    throw unsupported(`${shownShape(tensor.shape)} cannot become ${shownShape(shown)}`);
  }
  if (rowsAfter === rows) return { ...datum, tensor: reshape(graph, tensor, [-1, ...rest]) };
  const value = reshaped(graph, writtenOf(graph, tensor), [-1, ...rest]);
  return { ...datum, tensor: ofWritten(value), rows: rowsAfter };
}

/** A computed value with another tensor in its place. */
export const withTensor = (datum: Computed, tensor: Tensor): Computed => ({ ...datum, tensor });
