import { errors } from '../../errors.ts';
import { createGraph, type Graph, type Value } from '../../neural/graph.ts';
import { sizeOf } from '../../tensor.ts';
import type { WeightArray } from './weight-array.ts';
import { unsupported } from '../refusals.ts';
import { permuted } from './permute-array.ts';

/** The graph a foreign net is written into, with limits on what a file can make of few bytes. */
export interface NetGraph extends Graph {
  /** Numbers of the file, their axes in another order when one is given; what is used again is written once. */
  weights(array: WeightArray, order?: readonly number[]): Value;
  /** As many equal numbers as a shape holds. */
  filled(shape: readonly number[], value: number): Value;
}

/** More steps than any net of images has; a layer that is called again and again makes as many. */
const mostNodes = 50_000;

/** An empty graph, whose numbers may take so many bytes. */
export function createNetGraph(maxBytes: number): NetGraph {
  const graph = createGraph();
  let bytes = 0;
  const spend = (count: number): void => {
    bytes += 4 * count;
    if (!(bytes <= maxBytes)) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(maxBytes);
  };
  const constant: Graph['constant'] = (values, shape) => {
    spend(typeof values === 'number' ? 1 : values.length);
    return graph.constant(values, shape);
  };
  const written = new WeakMap<Float32Array, Map<string, Value>>();
  const split: Graph['split'] = (...node) => {
    if (graph.nodes.length >= mostNodes) throw unsupported(`more than ${mostNodes} operations`);
    return graph.split(...node);
  };
  return {
    ...graph,
    constant,
    split,
    node: (op, inputs, shape, options) => split(op, inputs, [shape], options)[0]!,
    weights(array, order) {
      const known = written.get(array.data) ?? new Map<string, Value>();
      written.set(array.data, known);
      const key = `${array.shape.join()} ${order?.join() ?? ''}`;
      const found = known.get(key);
      if (found) return found;
      const { data, shape } = order ? permuted(array, order) : array;
      const value = constant(data, shape);
      known.set(key, value);
      return value;
    },
    filled(shape, value) {
      spend(sizeOf(shape));
      return graph.constant(new Float32Array(sizeOf(shape)).fill(value), shape);
    },
  };
}
