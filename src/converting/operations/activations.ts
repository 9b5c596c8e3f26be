import type { NetGraph } from '../tensors/net-graph.ts';
import { anyForm, channelAxis, ofWritten, writtenOf, type Tensor } from '../tensors/tensor.ts';
import { atLeast, clip, combine, each, scalar, where } from './arithmetic.ts';

/** Activations in the words of Keras, out of operations that ONNX has had since opset 18. */
export interface ReluOptions {
  readonly slope: number;
  readonly threshold: number;
  readonly greatest: number | undefined;
}

/** ReLU with a slope below a threshold and a greatest value. */
export function relu(graph: NetGraph, input: Tensor, options: ReluOptions): Tensor {
  const { slope, threshold, greatest } = options;
  if (threshold === 0 && slope === 0 && greatest !== undefined) {
    return clip(graph, input, 0, greatest);
  }
  const bent =
    threshold === 0 ? straight(graph, input, slope) : bentAt(graph, input, threshold, slope);
  return greatest === undefined ? bent : clip(graph, bent, undefined, greatest);
}

function straight(graph: NetGraph, input: Tensor, slope: number): Tensor {
  if (slope === 0) return each(graph, 'Relu', input);
  return each(graph, 'LeakyRelu', input, { attributes: { alpha: { float: slope } } });
}

function bentAt(graph: NetGraph, input: Tensor, threshold: number, slope: number): Tensor {
  const below = combine(
    graph,
    'Mul',
    combine(graph, 'Sub', input, scalar(graph, threshold)),
    scalar(graph, slope),
  );
  return where(graph, atLeast(graph, input, threshold), input, below);
}

/** relu6(x + 3) / 6 in Keras 3 and x / 5 + 1/2 within 0 and 1 in Keras 2. */
export function hardSigmoid(graph: NetGraph, input: Tensor, alpha: number): Tensor {
  return each(graph, 'HardSigmoid', input, {
    attributes: { alpha: { float: alpha }, beta: { float: 0.5 } },
  });
}

/** x * sigmoid(x). */
export function silu(graph: NetGraph, input: Tensor): Tensor {
  return combine(graph, 'Mul', input, each(graph, 'Sigmoid', input));
}

/** x * relu6(x + 3) / 6. */
export function hardSilu(graph: NetGraph, input: Tensor): Tensor {
  return each(graph, 'HardSwish', input);
}

/** x / 2 * (1 + erf(x / sqrt(2))), or what is taken for it with tanh. */
export function gelu(graph: NetGraph, input: Tensor, isApproximate: boolean): Tensor {
  const times = (a: Tensor, factor: number): Tensor =>
    combine(graph, 'Mul', a, scalar(graph, factor));
  const inside = isApproximate
    ? times(
        combine(graph, 'Add', input, times(cube(graph, input), 0.044715)),
        Math.sqrt(2 / Math.PI),
      )
    : times(input, Math.SQRT1_2);
  const curve = each(graph, isApproximate ? 'Tanh' : 'Erf', inside);
  const share = times(combine(graph, 'Add', curve, scalar(graph, 1)), 0.5);
  return combine(graph, 'Mul', input, share);
}

function cube(graph: NetGraph, input: Tensor): Tensor {
  return combine(graph, 'Mul', combine(graph, 'Mul', input, input), input);
}

/** x * tanh(softplus(x)). */
export function mish(graph: NetGraph, input: Tensor): Tensor {
  const softplus = each(graph, 'Softplus', input);
  return combine(graph, 'Mul', input, each(graph, 'Tanh', softplus));
}

/** Scores that sum to one along an axis, or their logarithms; the last axis in whichever form the tensor is. */
export function softmax(
  graph: NetGraph,
  input: Tensor,
  axis = -1,
  op: 'Softmax' | 'LogSoftmax' = 'Softmax',
): Tensor {
  const isLast = axis === -1 || axis === input.shape.length - 1;
  if (!isLast) {
    const value = writtenOf(graph, input);
    return ofWritten(graph.node(op, [value], value.shape, { attributes: { axis: { int: axis } } }));
  }
  const { value, same } = anyForm(input);
  const attributes = { axis: { int: channelAxis(input) } };
  return same(graph.node(op, [value], value.shape, { attributes }));
}
