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
        return graph.node('Expand', [column, graph.integers(x.shape)], x.shape);
      },
    ],
  );
}

export function meanOver(graph: Graph, x: Value, axes: readonly number[]): Value {
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  return scale(graph, sumOver(graph, x, axes), 1 / count);
}
