import { strict as assert } from 'node:assert';
import type { Graph, Value } from '../graph.ts';

/** The shape of an elementwise result: axes are matched from the right, 1 stretches. */
export function broadcastShape(a: Value, b: Value): number[] {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a.shape[a.shape.length - rank + axis] ?? 1;
    const right = b.shape[b.shape.length - rank + axis] ?? 1;
    assert(
      left === right || left === 1 || right === 1,
      `shapes [${a.shape.join()}] and [${b.shape.join()}] do not match: this is our bug`,
    );
    return left === 1 ? right : left;
  });
}

/** The gradient of broadcasting: sums `dy` over every axis along which `shape` was stretched. */
export function sumTo(graph: Graph, dy: Value, shape: readonly number[]): Value {
  const extra = dy.shape.length - shape.length;
  const stretched = dy.shape.flatMap((length, axis) =>
    axis < extra || (shape[axis - extra] === 1 && length !== 1) ? [axis] : [],
  );
  if (stretched.length === 0) return dy;
  if (extra === 0) {
    return graph.node('ReduceSum', [dy, graph.integers(stretched)], shape, {
      attributes: { keepdims: { int: 1 } },
    });
  }
  const leading = stretched.filter((axis) => axis < extra);
  const summed = graph.node('ReduceSum', [dy, graph.integers(leading)], dy.shape.slice(extra), {
    attributes: { keepdims: { int: 0 } },
  });
  return sumTo(graph, summed, shape);
}
