import type { Graph, Value } from './graph.ts';
import { add, multiply, scale } from './ops/arithmetic.ts';

/**
 * Mean softmax cross-entropy, taken from the logits so that it stays finite, with its well-known
 * gradient in closed form. `targets` are rows of class probabilities, usually one-hot. The mean is one
 * over `of` rows: more than these where others hold the rest of the batch.
 */
export function softmaxCrossEntropy(
  graph: Graph,
  logits: Value,
  targets: Value,
  of: number = logits.shape[0]!,
): Value {
  const [rows] = logits.shape;
  const logProbabilities = graph.node('LogSoftmax', [logits], logits.shape);
  const weighted = graph.node('Mul', [logProbabilities, targets], logits.shape);
  const total = graph.node('ReduceSum', [weighted], [], {
    attributes: { keepdims: { int: 0 } },
  });
  const loss = graph.node('Mul', [total, graph.constant(-1 / of)], []);
  const gradient = (dy: Value) => {
    const probabilities = graph.node('Exp', [logProbabilities], logits.shape);
    const mass = graph.node('ReduceSum', [targets, graph.integers([1])], [rows!, 1]);
    const expected = graph.node('Mul', [probabilities, mass], logits.shape);
    const difference = graph.node('Sub', [expected, targets], logits.shape);
    return multiply(graph, difference, scale(graph, dy, 1 / of));
  };
  return graph.differentiable(loss, [logits], [gradient]);
}

/** y (1 - s) + s / classes: a little of every class in every target. */
export function smoothTargets(graph: Graph, targets: Value, smoothing: number): Value {
  if (smoothing === 0) return targets;
  const kept = scale(graph, targets, 1 - smoothing);
  return add(graph, kept, graph.constant(smoothing / targets.shape[1]!));
}

/** Scales each row by the weight of its class; the mean stays one over all rows, as in Keras. */
export function weightTargets(
  graph: Graph,
  targets: Value,
  oneHot: Value,
  classWeights: readonly number[] | undefined,
): Value {
  if (!classWeights) return targets;
  const weights = graph.constant(Float32Array.from(classWeights), [classWeights.length, 1]);
  const perRow = graph.node('MatMul', [oneHot, weights], [oneHot.shape[0]!, 1]);
  return multiply(graph, targets, perRow);
}

/**
 * How many rows have their largest logit where the target is largest. With outliers only rows count whose target
 * says one class more than all others together.
 */
export function countCorrect(
  graph: Graph,
  logits: Value,
  targets: Value,
  hasOutliers = false,
): Value {
  const best = (rows: Value) =>
    graph.node('ArgMax', [rows], [rows.shape[0]!], {
      type: 'int64',
      attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
    });
  const equal = graph.node('Equal', [best(logits), best(targets)], [logits.shape[0]!], {
    type: 'bool',
  });
  const matches = graph.node('Cast', [equal], equal.shape, { attributes: { to: { int: 1 } } });
  const ones = hasOutliers ? multiply(graph, matches, certainRows(graph, targets)) : matches;
  return graph.node('ReduceSum', [ones], [], { attributes: { keepdims: { int: 0 } } });
}

/** One for each row whose target says one class more than all others together, else zero. */
function certainRows(graph: Graph, targets: Value): Value {
  const [rows] = targets.shape;
  const most = graph.node('ReduceMax', [targets, graph.integers([1])], [rows!], {
    attributes: { keepdims: { int: 0 } },
  });
  const isCertain = graph.node('Greater', [most, graph.constant(0.5)], [rows!], { type: 'bool' });
  return graph.node('Cast', [isCertain], [rows!], { attributes: { to: { int: 1 } } });
}
