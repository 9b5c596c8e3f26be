import type { Graph, Value } from '../graph.ts';
import { gemm } from './matmul.ts';

/**
 * What the recurrent cells share. A sequence is [T * B, features], step after step; the runtime's own
 * recurrent ops compute the forward pass, and the backward pass recomputes the gates of all steps at
 * once from their outputs, so that only the chain of gradients itself goes step by step.
 */
export interface Sequence {
  readonly steps: number;
  readonly batch: number;
  readonly units: number;
}

/** The tensors of a cell, laid out as ONNX has them. */
export interface CellTensors {
  /** [gates * units, features] */
  readonly kernel: Value;
  /** [gates * units, units] */
  readonly recurrent: Value;
  readonly bias: Value;
}

/** The gradients a cell's backward pass gives, each by one of its inputs, emitted when asked for. */
export interface CellGradients {
  readonly input: () => Value;
  readonly kernel: () => Value;
  readonly recurrent: () => Value;
  readonly bias: () => Value;
}

/** One of ONNX's recurrent ops over x [T, B, F]: all hidden states, [T, B, units]. */
export function runCell(
  graph: Graph,
  op: 'RNN' | 'LSTM' | 'GRU',
  x: Value,
  { kernel, recurrent, bias }: CellTensors,
  attributes: Readonly<Record<string, { readonly int: number }>> = {},
): Value {
  const [steps, batch] = x.shape;
  const units = recurrent.shape[1]!;
  // ONNX counts directions first; there is one.
  const inputs = [kernel, recurrent, bias].map((value) => view(graph, value, [1, ...value.shape]));
  const all = graph.node(op, [x, ...inputs], [steps!, 1, batch!, units], {
    attributes: { hidden_size: { int: units }, ...attributes },
  });
  return view(graph, all, [steps!, batch!, units]);
}

/** The same numbers in another shape; not on the tape. */
export function view(graph: Graph, x: Value, shape: readonly number[]): Value {
  return graph.node('Reshape', [x, graph.integers(shape)], shape);
}

/** [T * B, ...] cut into its T steps. */
export function stepsOf(graph: Graph, x: Value, { steps, batch }: Sequence): Value[] {
  const rest = x.shape.slice(1);
  if (steps === 1) return [x];
  const shapes = Array.from({ length: steps }, () => [batch, ...rest]);
  const lengths = graph.integers(shapes.map(() => batch));
  return graph.split('Split', [x, lengths], shapes, { attributes: { axis: { int: 0 } } });
}

/** The columns of some gates. */
export function columns(graph: Graph, x: Value, from: number, to: number): Value {
  const ends = [[from], [to], [1]].map((list) => graph.integers(list));
  return graph.node('Slice', [x, ...ends], [x.shape[0]!, to - from]);
}

export function splitColumns(graph: Graph, x: Value, count: number): Value[] {
  const width = x.shape[1]! / count;
  const shapes = Array.from({ length: count }, () => [x.shape[0]!, width]);
  const lengths = graph.integers(shapes.map(() => width));
  return graph.split('Split', [x, lengths], shapes, { attributes: { axis: { int: 1 } } });
}

export function join(graph: Graph, parts: readonly Value[], axis: 0 | 1): Value {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const length = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const shape = first!.shape.map((size, index) => (index === axis ? length : size));
  return graph.node('Concat', parts, shape, { attributes: { axis: { int: axis } } });
}

/** What each step starts from: zeros, then the result of the step before. */
export function delayed(graph: Graph, x: Value, { steps, batch }: Sequence): Value {
  const width = x.shape[1]!;
  const zeros = graph.constant(new Float32Array(batch * width), [batch, width]);
  if (steps === 1) return zeros;
  const ends = [[0], [(steps - 1) * batch], [0]].map((list) => graph.integers(list));
  const earlier = graph.node('Slice', [x, ...ends], [(steps - 1) * batch, width]);
  return join(graph, [zeros, earlier], 0);
}

/** x (1 - x), the slope of a sigmoid by its result. */
export function sigmoidSlope(graph: Graph, x: Value): Value {
  return times(graph, x, oneMinus(graph, x));
}

/** 1 - x^2, the slope of a tanh by its result. */
export function tanhSlope(graph: Graph, x: Value): Value {
  return oneMinus(graph, times(graph, x, x));
}

export function times(graph: Graph, ...factors: readonly [Value, Value, ...Value[]]): Value {
  return factors.reduce((product, factor) => graph.node('Mul', [product, factor], product.shape));
}

export function plus(graph: Graph, a: Value, b: Value): Value {
  return graph.node('Add', [a, b], a.shape);
}

export function oneMinus(graph: Graph, x: Value): Value {
  return graph.node('Sub', [graph.constant(1), x], x.shape);
}

/** How the loss moves with each step's hidden state, directly: every step's, or the last one's alone. */
export type Arriving = (step: number) => Value | undefined;

export function arrivingAt(
  graph: Graph,
  dy: Value,
  sequence: Sequence,
  everyStep: boolean,
): Arriving {
  const { steps, batch, units } = sequence;
  if (!everyStep) return (step) => (step === steps - 1 ? dy : undefined);
  const each = stepsOf(graph, view(graph, dy, [steps * batch, units]), sequence);
  return (step) => each[step];
}

/** The gradients of `kernel` and of the input, given those of the gates' sums over all steps. */
export function inputGradients(graph: Graph, x: Value, kernel: Value, gates: Value) {
  const [steps, batch, features] = x.shape;
  const flat = view(graph, x, [steps! * batch!, features!]);
  return {
    kernel: () => gemm(graph, gates, flat, { transposeA: true }),
    input: () => view(graph, gemm(graph, gates, kernel), x.shape),
  };
}

export function sumRows(graph: Graph, x: Value): Value {
  return graph.node('ReduceSum', [x, graph.integers([0])], [x.shape[1]!], {
    attributes: { keepdims: { int: 0 } },
  });
}
