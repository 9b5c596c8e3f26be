import { errors } from '../errors.ts';
import { createGraph } from './graph.ts';
import type { ResolvedLayer } from './layers/kinds.ts';
import type { Shape } from './layers/layer.ts';
import type { OptimizerSpec } from './optimizers.ts';
import { serializeGraph } from './serialize.ts';
import { createState, declareLayerSlots, type StateSlot } from './state.ts';
import {
  emitUpdate,
  emitForward,
  inputNames,
  outputNames,
  type NoiseInput,
} from './forward-and-update.ts';

export interface TrainingOptions {
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: Shape;
  readonly classes: number;
  /** A graph is for exactly this many examples; a remainder batch runs a graph of its own. */
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  readonly labelSmoothing?: number;
  /** Strength of L2 on kernels: adds `l2 * sum(w^2)` to what is minimised (not to the reported loss). */
  readonly l2?: number;
  /** The largest norm all gradients together may have. */
  readonly gradientClip?: number;
  /** One factor for each class, applied to the loss of its examples. */
  readonly classWeights?: readonly number[];
}

/** One training step: forward, loss, gradients and optimizer update, as ONNX bytes. */
export interface TrainingGraph {
  readonly model: Uint8Array;
  /** Names of the inputs: examples [B, C, H, W], one-hot targets [B, classes], a scalar rate. */
  readonly inputs: typeof inputNames;
  readonly noise: readonly NoiseInput[];
  /** The same names and shapes for every batch size. */
  readonly state: readonly StateSlot[];
  /** Names of two scalars: the mean loss of the batch, and how many answers were right. */
  readonly outputs: typeof outputNames;
}

export function buildTrainingGraph(options: TrainingOptions): TrainingGraph {
  checkOptions(options);
  const graph = createGraph();
  const state = createState(graph);
  const { parameters } = declareLayerSlots(state, options.layers);
  const pass = emitForward(graph, state, parameters, options, options.batchSize);
  graph.output(outputNames.loss, pass.loss);
  graph.output(outputNames.correct, pass.correct);
  emitUpdate(graph, state, parameters, pass.gradients, options);
  state.finish();
  const model = serializeGraph(graph, 'training-step');
  return {
    model,
    inputs: inputNames,
    outputs: outputNames,
    noise: pass.noise,
    state: state.slots,
  };
}

export function checkOptions(options: TrainingOptions): void {
  const {
    batchSize,
    classes,
    labelSmoothing = 0,
    l2 = 0,
    gradientClip = 1,
    classWeights,
  } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) refuse('batchSize', 'it must be at least 1');
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    refuse('labelSmoothing', 'it must be in [0, 1)');
  if (!(l2 >= 0 && Number.isFinite(l2))) refuse('l2', 'it must be 0 or more');
  if (!(gradientClip > 0)) refuse('gradientClip', 'it must be more than 0');
  if (!classWeights) return;
  if (classWeights.length !== classes) {
    refuse('classWeights', `there are ${classWeights.length} for ${classes} classes`);
  }
  if (!classWeights.every((weight) => weight >= 0 && Number.isFinite(weight))) {
    refuse('classWeights', 'each must be 0 or more');
  }
}

function refuse(name: string, why: string): never {
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(name, why);
}
