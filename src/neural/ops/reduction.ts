import { sizeOf } from '../../tensor.ts';
import type { Graph, Value } from '../graph.ts';
import { scale } from './arithmetic.ts';

/** Sum over some axes, which disappear. The gradient spreads out again over what was summed. */
export function sumOver(graph: Graph, x: Value, axes: readonly number[]): Value {
  const kept = x.shape.filter((_, axis) => !axes.includes(axis));
  const out = graph.node('ReduceSum', [x, graph.integers(axes)], kept, {
    attributes: { keepdims: { int: 0 } },
  });
  const unsqueezed = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return graph.differentiable(
    out,
    [x],
    [
      (dy) => {
        const column = graph.node('Reshape', [dy, graph.integers(unsqueezed)], unsqueezed);
        // Times ones instead of Expand, which the runtime copies number by number.
        const across = x.shape.map((length, axis) => (axes.includes(axis) ? length : 1));
        const ones = graph.constant(new Float32Array(sizeOf(across)).fill(1), across);
        return graph.node('Mul', [column, ones], x.shape);
      },
    ],
  );
}

export function meanOver(graph: Graph, x: Value, axes: readonly number[]): Value {
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  return scale(graph, sumOver(graph, x, axes), 1 / count);
}
