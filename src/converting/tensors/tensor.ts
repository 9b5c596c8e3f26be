import { strict as assert } from 'node:assert';
import type { Graph, Value } from '../../neural/graph.ts';

/**
 * A value of the net that is converted. Its shape is as its author sees it, with the batch (-1) first and the
 * channels last. Of four axes it may lie in the graph as written (N, H, W, C), as planes (N, C, H, W), which is what
 * ONNX computes images in, or both: it is transposed when somebody needs the other, once.
 */
export interface Tensor {
  readonly shape: readonly number[];
  written: Value | undefined;
  planes: Value | undefined;
}

/** The order of axes from as written to planes, and back. */
const toPlanes = [0, 3, 1, 2] as const;
const toWritten = [0, 2, 3, 1] as const;

/** The shape of planes. */
export function planesShape(shape: readonly number[]): number[] {
  assert(shape.length === 4, 'only images lie in planes: this is our bug');
  return toPlanes.map((axis) => shape[axis]!);
}

/** A tensor that lies in the graph as it is written. */
export function ofWritten(value: Value, shape: readonly number[] = value.shape): Tensor {
  return { shape, written: value, planes: undefined };
}

/** A tensor of four axes that lies in the graph as planes. */
export function ofPlanes(value: Value, shape: readonly number[]): Tensor {
  return { shape, written: undefined, planes: value };
}

/** The value as it is written. */
export function writtenOf(graph: Graph, tensor: Tensor): Value {
  tensor.written ??= isOneLine(tensor.shape)
    ? reshaped(graph, planesIn(tensor), tensor.shape)
    : transposed(graph, planesIn(tensor), toWritten, tensor.shape);
  return tensor.written;
}

/** The value as planes. */
export function planesOf(graph: Graph, tensor: Tensor): Value {
  if (tensor.planes) return tensor.planes;
  assert(tensor.written, 'a tensor lies somewhere: this is our bug');
  const shape = planesShape(tensor.shape);
  tensor.planes = isOneLine(tensor.shape)
    ? reshaped(graph, tensor.written, shape)
    : transposed(graph, tensor.written, toPlanes, shape);
  return tensor.planes;
}

/** Where the last axis of a tensor of four stands in planes, for what is done to either. */
export function channelAxis(tensor: Tensor): number {
  return tensor.planes ? 1 : tensor.shape.length - 1;
}

/** The value in whichever form it is there, and how to make a tensor of one that has the same form. */
export function anyForm(tensor: Tensor): {
  readonly value: Value;
  readonly same: (value: Value) => Tensor;
} {
  const { planes, written, shape } = tensor;
  if (planes) return { value: planes, same: (value) => ofPlanes(value, shape) };
  assert(written, 'a tensor lies somewhere: this is our bug');
  return { value: written, same: (value) => ofWritten(value, shape) };
}

/** One channel, or one pixel: then both forms are the same numbers in the same order. */
function isOneLine([, height, width, channels]: readonly number[]): boolean {
  return channels === 1 || (height === 1 && width === 1);
}

function planesIn({ planes }: Tensor): Value {
  assert(planes, 'a tensor lies somewhere: this is our bug');
  return planes;
}

function transposed(
  graph: Graph,
  value: Value,
  order: readonly number[],
  shape: readonly number[],
): Value {
  return graph.node('Transpose', [value], shape, { attributes: { perm: { ints: order } } });
}

/** The same numbers in another shape; the batch stays as long as it is. */
export function reshaped(graph: Graph, value: Value, shape: readonly number[]): Value {
  return graph.node('Reshape', [value, graph.integers(shape)], shape);
}
