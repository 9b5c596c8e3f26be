import type { Graph, Value } from '../graph.ts';

/** So steep that the smallest normal number already saturates. */
const steep = 3e38;

/**
 * 1 where x > 0 (or, with `atZero` = 1, where x >= 0), else 0. HardSigmoid is min(1, max(0, steep x +
 * atZero)), one vectorised pass; comparing and casting takes two, and Sign is not vectorised at all.
 */
export function isPositive(graph: Graph, x: Value, atZero: 0 | 1): Value {
  return graph.node('HardSigmoid', [x], x.shape, {
    attributes: { alpha: { float: steep }, beta: { float: atZero } },
  });
}
