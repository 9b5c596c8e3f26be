import type { Graph, Value } from './graph.ts';
import { add, divide, multiply, scale, squareRoot } from './ops/arithmetic.ts';

/** The gradient of strength * sum(w^2), Keras' L2, added to the gradient of the loss. */
export function addL2(graph: Graph, gradient: Value, weight: Value, strength: number): Value {
  return add(graph, gradient, scale(graph, weight, 2 * strength));
}

/** Scales a packed gradient down when its norm is over the limit. */
export function clipNorm(graph: Graph, gradient: Value, limit: number): Value {
  const square = graph.node('ReduceSumSquare', [gradient], [], {
    attributes: { keepdims: { int: 0 } },
  });
  const bound = graph.constant(limit);
  const largest = graph.node('Max', [squareRoot(graph, square), bound], []);
  return multiply(graph, gradient, divide(graph, bound, largest));
}
