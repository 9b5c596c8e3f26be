import { sizeOf } from '../tensor.ts';
import { createGraph, type Graph, type Value } from './graph.ts';
import { add, scale } from './ops/arithmetic.ts';
import { pack, unpack } from './ops/packing.ts';
import { serializeGraph } from './serialize.ts';
import { createState, declareLayerSlots, type LayerSlots, type StateSlot } from './state.ts';
import {
  emitUpdate,
  emitForward,
  inputNames,
  outputNames,
  type NoiseInput,
} from './forward-and-update.ts';
import { checkOptions, type TrainingOptions } from './training-options.ts';

/**
 * A training step in two graphs, so that several threads can share a batch. Each computes the gradients
 * of its shard of the examples; the sum of those is the gradient of the whole batch, and one update graph
 * makes the next state of it. A shard's result is one long row: gradients of all parameters, its
 * share of the next running averages, its share of the loss, its right predictions. It is fed the parameters
 * and running averages, and changes nothing.
 */
export interface ShardGraph {
  readonly model: Uint8Array;
  readonly inputs: { readonly examples: string; readonly targets: string };
  readonly noise: readonly NoiseInput[];
  readonly output: string;
}

export interface UpdateGraph {
  readonly model: Uint8Array;
  readonly inputs: { readonly learningRate: string; readonly shardResults: readonly string[] };
  /** The slots of the training graph of the same options. */
  readonly state: readonly StateSlot[];
  readonly outputs: typeof outputNames;
}

const resultName = 'result';

/** For so many rows of a batch of `options.batchSize`. */
export function buildShardGraph(options: TrainingOptions, rows: number): ShardGraph {
  checkOptions(options);
  const graph = createGraph();
  const state = createState(graph);
  const slots = declareLayerSlots(state, options.layers);
  const pass = emitForward(graph, state, slots.parameters, options, rows);
  const averages = slots.running.map(({ name }) =>
    scale(graph, state.next(name), rows / options.batchSize),
  );
  const { loss, correct, gradients } = pass;
  graph.output(resultName, pack(graph, [...gradients, ...averages, loss, correct]));
  return {
    model: serializeGraph(graph, 'training-shard'),
    inputs: { examples: inputNames.examples, targets: inputNames.targets },
    noise: pass.noise,
    output: resultName,
  };
}

/** The update from so many shardResults, added in their order. */
export function buildUpdateGraph(options: TrainingOptions, shards: number): UpdateGraph {
  checkOptions(options);
  const graph = createGraph();
  const state = createState(graph);
  const slots = declareLayerSlots(state, options.layers);
  const shardResults = Array.from({ length: shards }, (_, index) => `${resultName}.${index}`);
  const { gradients, averages, loss, correct } = sumOf(graph, slots, shardResults);
  graph.output(outputNames.loss, loss);
  graph.output(outputNames.correct, correct);
  slots.running.forEach(({ name }, index) => state.update(name, averages[index]!));
  emitUpdate(graph, state, slots.parameters, gradients, options);
  state.finish();
  return {
    model: serializeGraph(graph, 'training-update'),
    inputs: { learningRate: inputNames.learningRate, shardResults },
    state: state.slots,
    outputs: outputNames,
  };
}

function sumOf(graph: Graph, { parameters, running }: LayerSlots, shardResults: string[]) {
  const shapes = [...parameters, ...running].map(({ shape }) => shape);
  const length = shapes.reduce((sum, shape) => sum + sizeOf(shape), 2);
  const rows = shardResults.map((name) => graph.input(name, [length]));
  const total = rows.reduce((sum, row) => add(graph, sum, row));
  const unpacked: Value[] = unpack(graph, total, [...shapes, [1], [1]]);
  return {
    gradients: unpacked.slice(0, parameters.length),
    averages: unpacked.slice(parameters.length, -2),
    loss: unpacked.at(-2)!,
    correct: unpacked.at(-1)!,
  };
}
