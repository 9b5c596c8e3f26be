import { sizeOf } from '../../tensor.ts';
import type { Graph, Value } from '../graph.ts';
import { add, divide, multiply, negate, scale, squareRoot, subtract } from './arithmetic.ts';

export interface Statistics {
  readonly mean: Value;
  readonly variance: Value;
}

export interface Normalised extends Statistics {
  readonly out: Value;
}

/**
 * Each channel of x [B, C, ...] brought to mean 0 and variance 1 over batch and positions, then scaled
 * and shifted. With momentum 0 the runtime's training mode hands out the batch's own statistics.
 */
export function normaliseBatch(
  graph: Graph,
  x: Value,
  gamma: Value,
  beta: Value,
  epsilon: number,
): Normalised {
  const { shape } = gamma;
  // Momentum 0 ignores the running statistics, but the runtime writes the new ones over them, even over
  // what we feed. So it gets two scratch values, made by different nodes lest they be merged into one.
  const scratch = [gamma, beta].map((value) => graph.node('Neg', [value], shape));
  const [out, mean, variance] = graph.split(
    'BatchNormalization',
    [x, gamma, beta, ...scratch],
    [x.shape, shape, shape],
    {
      attributes: {
        training_mode: { int: 1 },
        momentum: { float: 0 },
        epsilon: { float: epsilon },
      },
    },
  );
  const gradients = batchGradients(graph, x, gamma, { mean: mean!, variance: variance! }, epsilon);
  graph.differentiable(
    out!,
    [x, gamma, beta],
    [(dy) => gradients(dy).x, (dy) => gradients(dy).gamma, (dy) => gradients(dy).beta],
  );
  return { out: out!, mean: mean!, variance: variance! };
}

/** With statistics that are given: what serving does. */
export function normaliseBy(
  graph: Graph,
  x: Value,
  gamma: Value,
  beta: Value,
  { mean, variance }: Statistics,
  epsilon: number,
): Value {
  return graph.node('BatchNormalization', [x, gamma, beta, mean, variance], x.shape, {
    attributes: { epsilon: { float: epsilon } },
  });
}

interface BatchGradients {
  readonly x: Value;
  readonly gamma: Value;
  readonly beta: Value;
}

/**
 * The gradient by x is a dy + b x + c with three numbers for each channel, which two sums over dy and
 * dy x give: few passes over the big tensors is what makes it fast.
 */
function batchGradients(
  graph: Graph,
  x: Value,
  gamma: Value,
  { mean, variance }: Statistics,
  epsilon: number,
): (dy: Value) => BatchGradients {
  const emit = (dy: Value): BatchGradients => {
    const count = sizeOf(x.shape) / gamma.shape[0]!;
    const deviation = squareRoot(graph, add(graph, variance, graph.constant(epsilon)));
    const sum = sumOfChannels(graph, dy);
    const product = sumOfChannels(graph, multiply(graph, dy, x));
    const centred = subtract(graph, product, multiply(graph, mean, sum));
    const byGamma = divide(graph, centred, deviation);
    const a = divide(graph, gamma, deviation);
    const b = scale(graph, divide(graph, multiply(graph, a, byGamma), deviation), -1 / count);
    const c = negate(
      graph,
      add(graph, multiply(graph, b, mean), scale(graph, multiply(graph, a, sum), 1 / count)),
    );
    const byX = add(
      graph,
      scaleAndShift(graph, dy, a, c),
      multiply(graph, x, alongChannels(graph, b, x)),
    );
    return { x: byX, gamma: byGamma, beta: sum };
  };
  const emitted = new Map<string, BatchGradients>();
  return (dy) => {
    const known = emitted.get(dy.name) ?? emit(dy);
    emitted.set(dy.name, known);
    return known;
  };
}

function sumOfChannels(graph: Graph, x: Value): Value {
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return graph.node('ReduceSum', [x, graph.integers(axes)], [x.shape[1]!], {
    attributes: { keepdims: { int: 0 } },
  });
}

/** a x + c for each channel, in one pass: normalising by mean 0 and variance 1 is just that. */
function scaleAndShift(graph: Graph, x: Value, a: Value, c: Value): Value {
  const { shape } = a;
  const zeros = graph.constant(new Float32Array(shape[0]!), shape);
  const ones = graph.constant(new Float32Array(shape[0]!).fill(1), shape);
  return normaliseBy(graph, x, a, c, { mean: zeros, variance: ones }, 0);
}

/** [C] as [C, 1, 1], to meet x [B, C, H, W]. */
function alongChannels(graph: Graph, x: Value, beside: Value): Value {
  const shape = [x.shape[0]!, ...beside.shape.slice(2).map(() => 1)];
  return shape.length === 1 ? x : graph.node('Reshape', [x, graph.integers(shape)], shape);
}
