import { strict as assert } from 'node:assert';
import { sizeOf } from '../../tensor.ts';
import type { Graph, Value } from '../graph.ts';

/** The same numbers in another shape. A leading symbolic batch axis stays symbolic. */
export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  assert(sizeOf(x.shape) === sizeOf(shape), 'a reshape must keep the size: this is our bug');
  const out = graph.node('Reshape', [x, graph.integers(shape)], shape);
  return graph.differentiable(out, [x], [(dy) => reshape(graph, dy, x.shape)]);
}

/** Axes in another order. */
export function transpose(graph: Graph, x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => x.shape[axis]!);
  const out = graph.node('Transpose', [x], shape, { attributes: { perm: { ints: order } } });
  const back = order.map((_, axis) => order.indexOf(axis));
  return graph.differentiable(out, [x], [(dy) => transpose(graph, dy, back)]);
}
