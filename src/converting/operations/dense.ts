import type { NetGraph } from '../tensors/net-graph.ts';
import type { WeightArray } from '../tensors/weight-array.ts';
import { shownShape, unsupported } from '../refusals.ts';
import { ofWritten, writtenOf, type Tensor } from '../tensors/tensor.ts';

/** The last axis of a tensor multiplied with a matrix [in, out], and what is added after. */
export function multiply(
  graph: NetGraph,
  input: Tensor,
  weights: WeightArray,
  bias: WeightArray | undefined,
): Tensor {
  const [taken, units, ...others] = weights.shape;
  if (taken !== input.shape.at(-1) || units === undefined || others.length > 0) {
    throw unsupported(
      `a matrix of the shape ${shownShape(weights.shape)} does not fit ${input.shape.at(-1)} values`,
    );
  }
  if (bias && bias.data.length !== units) {
    throw unsupported(`a bias of ${bias.data.length} values for ${units}`);
  }
  const shape = [...input.shape.slice(0, -1), units];
  const value = writtenOf(graph, input);
  const matrix = graph.weights(weights);
  const added = bias && graph.weights({ ...bias, shape: [units] });
  if (shape.length === 2) return ofWritten(graph.node('Gemm', [value, matrix, added], shape));
  const product = graph.node('MatMul', [value, matrix], shape);
  return ofWritten(added ? graph.node('Add', [product, added], shape) : product);
}
