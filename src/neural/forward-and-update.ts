import type { Graph, Value } from './graph.ts';
import { gradientsOf } from './gradients.ts';
import { forwardLayer } from './layers/kinds.ts';
import type { ForwardContext, Shape } from './layers/layer.ts';
import { countCorrect, smoothTargets, softmaxCrossEntropy, weightTargets } from './losses.ts';
import { resolveOptimizer } from './optimizers.ts';
import { poolBeforeActivating } from './ordering.ts';
import { pack } from './ops/packing.ts';
import { add, divide, multiply, scale, squareRoot } from './ops/arithmetic.ts';
import type { LayerSlot, State } from './state.ts';
import type { TrainingOptions } from './training-options.ts';
import { emitUpdates } from './updates.ts';

/** The two halves of a training step: what the examples say, and what is made of it. */

export const inputNames = {
  examples: 'x',
  targets: 'targets',
  learningRate: 'learningRate',
} as const;
export const outputNames = { loss: 'loss', correct: 'correct' } as const;

/** A dropout mask the trainer draws at every step: 1 / keepProbability with that chance, else 0. */
export interface NoiseInput {
  readonly name: string;
  readonly shape: Shape;
  readonly keepProbability: number;
}

export interface LossAndGradients {
  readonly noise: readonly NoiseInput[];
  readonly loss: Value;
  readonly correct: Value;
  /** Of the loss, one for each parameter. */
  readonly gradients: readonly Value[];
}

/**
 * Forward and backward over so many rows of a batch, all of them or a part; the loss is divided by the
 * size of the whole batch. The next running averages go into the state.
 */
export function emitForward(
  graph: Graph,
  state: State,
  parameters: readonly LayerSlot[],
  options: TrainingOptions,
  rows: number,
): LossAndGradients {
  const examples = graph.input(inputNames.examples, [rows, ...options.inputShape]);
  const targets = graph.input(inputNames.targets, [rows, options.classes]);
  const noise: NoiseInput[] = [];
  const logits = forward(graph, state, noise, options, examples);
  const soft = smoothTargets(graph, targets, options.labelSmoothing ?? 0);
  const weighted = weightTargets(graph, soft, targets, options.classWeights);
  const loss = softmaxCrossEntropy(graph, logits, weighted, options.batchSize);
  const correct = countCorrect(graph, logits, targets, options.hasOutliers);
  const wanted = parameters.map(({ value }) => value);
  return { noise, loss, correct, gradients: gradientsOf(graph, loss, wanted) };
}

function forward(
  graph: Graph,
  state: State,
  noise: NoiseInput[],
  { layers }: TrainingOptions,
  examples: Value,
): Value {
  const context: ForwardContext = {
    graph,
    mode: 'training',
    slot: (layer, slot) => state.get(`${layer.name}.${slot}`),
    noise(layer, shape, keepProbability) {
      const name = `${layer.name}.noise`;
      noise.push({ name, shape, keepProbability });
      return graph.input(name, shape);
    },
    update: (layer, slot, value) => state.update(`${layer.name}.${slot}`, value),
  };
  return poolBeforeActivating(layers).reduce(
    (value, layer) => forwardLayer(context, layer, value),
    examples,
  );
}

/** From the gradients of the whole batch to the next parameters and optimizer memory. */
export function emitUpdate(
  graph: Graph,
  state: State,
  parameters: readonly LayerSlot[],
  gradients: readonly Value[],
  { l2 = 0, gradientClip, optimizer }: TrainingOptions,
): void {
  const learningRate = graph.input(inputNames.learningRate, []);
  const decayed = parameters.map(({ decays, value }, index) =>
    l2 > 0 && decays ? addL2(graph, gradients[index]!, value, l2) : gradients[index]!,
  );
  const packed = pack(graph, decayed);
  const gradient = gradientClip === undefined ? packed : clipNorm(graph, packed, gradientClip);
  emitUpdates({ graph, learningRate, ...state }, resolveOptimizer(optimizer), parameters, gradient);
}

/** The gradient of strength * sum(w^2), Keras' L2, added to the gradient of the loss. */
function addL2(graph: Graph, gradient: Value, weight: Value, strength: number): Value {
  return add(graph, gradient, scale(graph, weight, 2 * strength));
}

/** Scales a packed gradient down when its norm is over the limit. */
function clipNorm(graph: Graph, gradient: Value, limit: number): Value {
  const square = graph.node('ReduceSumSquare', [gradient], [], {
    attributes: { keepdims: { int: 0 } },
  });
  const bound = graph.constant(limit);
  const largest = graph.node('Max', [squareRoot(graph, square), bound], []);
  return multiply(graph, gradient, divide(graph, bound, largest));
}
