import type { NetGraph } from '../tensors/net-graph.ts';
import type { Value } from '../../neural/graph.ts';
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

/** Operations of ONNX on two tensors that broadcast as NumPy does, which TensorFlow and Keras do, too. */
export type BinaryOp = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Max' | 'Min' | Comparison;

/** Those of which truth values come. */
const comparisons = ['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal'] as const;
type Comparison = (typeof comparisons)[number];

/** One of them, on whatever shapes go together. Images stay planes when one of the two is. */
export function combine(graph: NetGraph, op: BinaryOp, a: Tensor, b: Tensor): Tensor {
  const shape = broadcast(a.shape, b.shape);
  const options = comparisons.some((one) => one === op) ? ({ type: 'bool' } as const) : {};
  const inPlanes = shape.length === 4 && (a.planes ?? b.planes) !== undefined;
  if (!inPlanes) {
    const inputs = [writtenOf(graph, a), writtenOf(graph, b)];
    return ofWritten(graph.node(op, inputs, shape, options));
  }
  const inputs = [broadcastPlanes(graph, a), broadcastPlanes(graph, b)];
  return ofPlanes(graph.node(op, inputs, planesShape(shape), options), shape);
}

/** A tensor of at most four axes as planes that broadcast as it does. */
function broadcastPlanes(graph: NetGraph, tensor: Tensor): Value {
  const { shape } = tensor;
  if (shape.length === 4) return planesOf(graph, tensor);
  if (shape.length === 0) return writtenOf(graph, tensor);
  const four = [...Array.from({ length: 4 - shape.length }, () => 1), ...shape];
  return planesOf(graph, ofWritten(reshaped(graph, writtenOf(graph, tensor), four)));
}

/** The shape of two that are combined; refused when they do not go together. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [one = 1, other = 1] = [a[axis - rank + a.length], b[axis - rank + b.length]];
    if (one === other || other === 1) return one;
    if (one === 1) return other;
    throw unsupported(
      `shapes that do not go together: ${shownShape(a.slice(1))} and ${shownShape(b.slice(1))}`,
    );
  });
}

/** A number as a tensor. */
export function scalar(graph: NetGraph, value: number): Tensor {
  return ofWritten(graph.constant(value));
}

/** Numbers along the last axis as a tensor; one number when they are all the same. */
export function alongChannels(graph: NetGraph, values: Float32Array): Tensor {
  const [first = 0] = values;
  if (values.every((value) => value === first)) return scalar(graph, first);
  return ofWritten(graph.weights({ data: values, shape: [values.length] }));
}

/** A node that does the same to every number. */
export function each(
  graph: NetGraph,
  op: string,
  input: Tensor,
  attributes: Parameters<NetGraph['node']>[3] = {},
): Tensor {
  const { value, same } = anyForm(input);
  return same(graph.node(op, [value], value.shape, attributes));
}

/** Numbers below the least or above the greatest become those. */
export function clip(
  graph: NetGraph,
  input: Tensor,
  least: number | undefined,
  greatest: number | undefined,
): Tensor {
  const { value, same } = anyForm(input);
  const bounds = [least, greatest].map((bound) =>
    bound === undefined ? undefined : graph.constant(bound),
  );
  const inputs = greatest === undefined ? [value, bounds[0]] : [value, ...bounds];
  return same(graph.node('Clip', inputs, value.shape));
}

/** The first where a condition holds, else the second; both and the condition of one shape, or single numbers. */
export function where(graph: NetGraph, condition: Tensor, yes: Tensor, no: Tensor): Tensor {
  const { value, same } = anyForm(condition);
  const isPlanes = condition.planes !== undefined;
  const sameForm = (tensor: Tensor): Value =>
    isPlanes && tensor.shape.length === 4 ? planesOf(graph, tensor) : writtenOf(graph, tensor);
  return same(graph.node('Where', [value, sameForm(yes), sameForm(no)], value.shape));
}

/** Whether each number is greater than, or as great as, one number. */
export function atLeast(graph: NetGraph, input: Tensor, least: number): Tensor {
  const { value, same } = anyForm(input);
  const compared = graph.node('GreaterOrEqual', [value, graph.constant(least)], value.shape, {
    type: 'bool',
  });
  return same(compared);
}
