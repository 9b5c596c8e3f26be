import type { Graph, Value } from './graph.ts';
import { add, divide, multiply, scale, squareRoot } from './ops/arithmetic.ts';

/** The gradient of strength * sum(w^2), Keras' L2, added to the gradient of the loss. */
export function addL2(graph: Graph, gradient: Value, weight: Value, strength: number): Value {
  return add(graph, gradient, scale(graph, weight, 2 * strength));
}

/** Scales all gradients down together when their common norm is over the limit. */
export function clipByGlobalNorm(
  graph: Graph,
  gradients: readonly Value[],
  limit: number,
): Value[] {
  const squares = gradients.map((gradient) =>
    graph.node('ReduceSumSquare', [gradient], [], { attributes: { keepdims: { int: 0 } } }),
  );
  const norm = squareRoot(
    graph,
    squares.reduce((total, square) => add(graph, total, square)),
  );
  const bound = graph.constant(limit);
  const factor = divide(graph, bound, graph.node('Max', [norm, bound], []));
  return gradients.map((gradient) => multiply(graph, gradient, factor));
}
