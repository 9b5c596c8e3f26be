import { createGraph, type Graph } from './graph.ts';
import { serializeGraph } from './serialize.ts';
import { createState, declareLayerSlots, type State, type StateSlot } from './state.ts';
import {
  emitForward,
  emitUpdate,
  inputNames,
  outputNames,
  type NoiseInput,
} from './forward-and-update.ts';
import { checkOptions, type TrainingOptions } from './training-options.ts';

/** One training step: forward, loss, gradients and optimizer update, as ONNX bytes. */
export interface TrainingGraph {
  readonly model: Uint8Array;
  /** Names of the inputs: examples [B, C, H, W], one-hot targets [B, classes], a scalar rate. */
  readonly inputs: typeof inputNames;
  readonly noise: readonly NoiseInput[];
  /** The same names and shapes for every batch size. */
  readonly state: readonly StateSlot[];
  /** Names of two scalars: the mean loss of the batch, and how many predictions were right. */
  readonly outputs: typeof outputNames;
}

export function buildTrainingGraph(options: TrainingOptions): TrainingGraph {
  const { graph, state, noise } = emitTrainingGraph(options);
  return {
    model: serializeGraph(graph, 'training-step'),
    inputs: inputNames,
    outputs: outputNames,
    noise,
    state: state.slots,
  };
}

/** The same before it is written as ONNX: what it would hold can be counted. */
export function emitTrainingGraph(options: TrainingOptions): {
  readonly graph: Graph;
  readonly state: State;
  readonly noise: readonly NoiseInput[];
} {
  checkOptions(options);
  const graph = createGraph();
  const state = createState(graph);
  const { parameters } = declareLayerSlots(state, options.layers);
  const pass = emitForward(graph, state, parameters, options, options.batchSize);
  graph.output(outputNames.loss, pass.loss);
  graph.output(outputNames.correct, pass.correct);
  emitUpdate(graph, state, parameters, pass.gradients, options);
  state.finish();
  return { graph, state, noise: pass.noise };
}
