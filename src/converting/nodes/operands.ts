import { sizeOf } from '../../tensor.ts';
import type { Known } from '../graphs/known.ts';
import type { NetGraph } from '../tensors/net-graph.ts';
import { ofPlanes, ofWritten, type Tensor } from '../tensors/tensor.ts';
import type { WeightArray } from '../tensors/weight-array.ts';
import { unsupported } from '../refusals.ts';
import { isKnown, type Datum } from './node-call.ts';

/** Known floats as they are written into a graph. */
export function weightsOf({ shape, data, kind }: Known, title: string): WeightArray {
  if (kind === 'float' && data instanceof Float32Array) return { shape, data };
  throw unsupported(`${title} computes with whole numbers`);
}

/** Known numbers along the channels. */
export function channelsOf(known: Known, title: string): Float32Array {
  const { data, shape } = weightsOf(known, title);
  if (shape.length === 1) return data;
  throw unsupported(`${title} takes numbers that are not one for each channel`);
}

/** A value in the graph, to be combined with another: what is known lies as the other does, and is one number where all are equal. */
export function operand(
  graph: NetGraph,
  datum: Datum,
  other: Tensor | undefined,
  title: string,
): Tensor {
  if (!isKnown(datum)) return datum.tensor;
  const { shape, data } = weightsOf(datum, title);
  const [first = 0] = data;
  const isEqual = data.length > 0 && data.every((value) => value === first);
  const rank = other?.shape.length ?? 0;
  const widens = shape.some((length, at) => {
    const axis = at + rank - shape.length;
    return length !== 1 && length !== other?.shape[axis];
  });
  if (isEqual && (!widens || sizeOf(shape) === 1) && shape.length <= rank) {
    return ofWritten(graph.constant(first));
  }
  if (rank !== 4 || !other?.planes || shape.length > 4) {
    return ofWritten(graph.weights({ shape, data }));
  }
  const four = [...Array.from({ length: 4 - shape.length }, () => 1), ...shape];
  return ofPlanes(graph.weights({ shape: four, data }, [0, 3, 1, 2]), four);
}
