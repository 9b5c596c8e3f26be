import type { NetGraph } from '../tensors/net-graph.ts';
import type { Value } from '../../neural/graph.ts';
import { sizeOf } from '../../tensor.ts';
import { shownShape, unsupported } from '../refusals.ts';
import {
  anyForm,
  ofPlanes,
  ofWritten,
  planesOf,
  planesShape,
  reshaped,
  writtenOf,
  type Tensor,
} from '../tensors/tensor.ts';
import { imageOf } from './image-axes.ts';
import { padAxes, paddedShape, type Amounts } from './padding.ts';

/** One row for each example. Of an image the channels come last in it, as kernels after it expect. */
export function flatten(graph: NetGraph, input: Tensor): Tensor {
  const [count = -1, ...rest] = input.shape;
  return reshape(graph, input, [count, sizeOf(rest)]);
}

/** The same numbers of each example in another shape, of which one length may be left open (-1). */
export function reshape(graph: NetGraph, input: Tensor, wanted: readonly number[]): Tensor {
  const [count = -1, ...rest] = input.shape;
  const size = sizeOf(rest);
  const [first = count, ...others] = wanted;
  const open = others.filter((length) => length < 0).length;
  const known = sizeOf(others.filter((length) => length >= 0));
  const lengths = others.map((length) => (length < 0 ? size / known : length));
  if (open > 1 || sizeOf(lengths) !== size || !lengths.every(Number.isInteger)) {
    throw unsupported(`${shownShape(rest)} cannot become ${shownShape(others)}`);
  }
  const shape = [first, ...lengths];
  if (shape.length === input.shape.length && shape.every((one, at) => one === input.shape[at])) {
    return input;
  }
  const channels = input.shape.at(-1);
  const isPooled = input.planes && input.shape[1] === 1 && input.shape[2] === 1;
  if (isPooled && shape.length === 2 && shape[1] === channels) {
    return ofWritten(reshaped(graph, input.planes!, shape));
  }
  return ofWritten(reshaped(graph, writtenOf(graph, input), shape));
}

/** Its axes in another order, the batch as the first. */
export function transpose(graph: NetGraph, input: Tensor, order: readonly number[]): Tensor {
  const isOrder = order.toSorted((a, b) => a - b).every((axis, at) => axis === at);
  if (!isOrder || order.length !== input.shape.length || order[0] !== 0) {
    throw unsupported(`an order of axes ${shownShape(order)}`);
  }
  if (order.every((axis, at) => axis === at)) return input;
  const shape = order.map((axis) => input.shape[axis]!);
  const value = graph.node('Transpose', [writtenOf(graph, input)], shape, {
    attributes: { perm: { ints: order } },
  });
  return ofWritten(value);
}

/** Rows and columns around an image, or values along any axes of another tensor. */
export function pad(
  graph: NetGraph,
  input: Tensor,
  amounts: Amounts,
  mode: 'constant' | 'reflect' | 'edge' = 'constant',
  fill = 0,
): Tensor {
  if (amounts.every(([before, after]) => before === 0 && after === 0)) return input;
  const shape = paddedShape(input.shape, amounts);
  if (shape.length === 4 && input.planes) {
    const [batch, height, width, channels] = amounts;
    const inPlanes = [batch!, channels!, height!, width!];
    return ofPlanes(padAxes(graph, planesOf(graph, input), inPlanes, mode, fill), shape);
  }
  return ofWritten(padAxes(graph, writtenOf(graph, input), amounts, mode, fill));
}

/** A piece of a tensor: along each axis from a start on, as many values as said, in steps. */
export interface Piece {
  readonly axis: number;
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** The pieces of a tensor along some of its axes. */
export function slice(graph: NetGraph, input: Tensor, pieces: readonly Piece[]): Tensor {
  const real = pieces.filter(
    ({ axis, start, count, step }) => start !== 0 || step !== 1 || count !== input.shape[axis],
  );
  if (real.length === 0) return input;
  for (const { axis, start, count, step } of real) {
    const last = start + (count - 1) * step;
    const length = input.shape[axis]!;
    if (length < 0 || count < 1 || start >= length || last < 0 || last >= length) {
      throw unsupported(`a piece that is not within ${shownShape(input.shape.slice(1))}`);
    }
  }
  const shape = input.shape.map((length, axis) => {
    const piece = real.find((one) => one.axis === axis);
    return piece ? piece.count : length;
  });
  const { planes } = input;
  const value = planes ?? writtenOf(graph, input);
  const placed = planes ? [0, 2, 3, 1] : shape.map((_, axis) => axis);
  const ends = real.map(({ start, count, step }) => {
    const end = start + count * step;
    // To the front and beyond it, which a negative number that counts from the end would not mean.
    return end < 0 ? -2_147_483_648 : end;
  });
  const lists = [
    real.map(({ start }) => start),
    ends,
    real.map(({ axis }) => placed[axis]!),
    real.map(({ step }) => step),
  ].map((list): Value => graph.integers(list));
  const out = planes ? planesShape(shape) : shape;
  const cut = graph.node('Slice', [value, ...lists], out);
  return planes ? ofPlanes(cut, shape) : ofWritten(cut);
}

/** An image without some of its rows and columns. */
export function crop(
  graph: NetGraph,
  input: Tensor,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
): Tensor {
  const { height, width } = imageOf(input);
  return slice(graph, input, [
    { axis: 1, start: top, count: height - top - bottom, step: 1 },
    { axis: 2, start: left, count: width - left - right, step: 1 },
  ]);
}

/** Several tensors one after the other along an axis. */
export function concatenate(graph: NetGraph, inputs: readonly Tensor[], axis: number): Tensor {
  const [first, ...others] = inputs;
  if (!first) throw unsupported('nothing is put together');
  const at = axis < 0 ? axis + first.shape.length : axis;
  const fits = others.every(
    ({ shape }) =>
      shape.length === first.shape.length &&
      shape.every((length, i) => i === at || length === first.shape[i]),
  );
  if (!fits || at < 1 || at >= first.shape.length) {
    throw unsupported('what is put together has shapes that do not fit');
  }
  const length = inputs.reduce((sum, { shape }) => sum + shape[at]!, 0);
  const shape = first.shape.map((one, i) => (i === at ? length : one));
  const inPlanes = shape.length === 4 && inputs.some(({ planes }) => planes);
  const values = inputs.map((one) => (inPlanes ? planesOf(graph, one) : writtenOf(graph, one)));
  const along = inPlanes ? [0, 2, 3, 1][at]! : at;
  const value = graph.node('Concat', values, inPlanes ? planesShape(shape) : shape, {
    attributes: { axis: { int: along } },
  });
  return inPlanes ? ofPlanes(value, shape) : ofWritten(value);
}

/** The mean, sum, greatest or least over some axes. */
export function reduce(
  graph: NetGraph,
  input: Tensor,
  kind: 'Mean' | 'Sum' | 'Max' | 'Min' | 'Prod',
  axes: readonly number[],
  keepsAxes: boolean,
): Tensor {
  const shape = input.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const kept = input.shape.filter((_, axis) => !axes.includes(axis));
  const { value } = anyForm(input);
  const isPlanes = value === input.planes;
  const placed = axes.map((axis) => (isPlanes ? [0, 2, 3, 1][axis]! : axis));
  // Without its rows and columns an image has the same numbers in both forms.
  const isWritten = !isPlanes || (axes.includes(1) && axes.includes(2)) || axes.includes(3);
  const drops = !keepsAxes && isWritten;
  const out = drops ? kept : isPlanes ? planesShape(shape) : shape;
  const reduced = graph.node(`Reduce${kind}`, [value, graph.integers(placed)], out, {
    attributes: { keepdims: { int: drops ? 0 : 1 } },
  });
  if (drops) return ofWritten(reduced);
  const result = isPlanes ? ofPlanes(reduced, shape) : ofWritten(reduced);
  return keepsAxes ? result : ofWritten(reshaped(graph, writtenOf(graph, result), kept));
}
