import { strict as assert } from 'node:assert';
import { sizeOf } from '../tensor.ts';
import { foldBatchNormalization, foldTemperature } from './folding.ts';
import { createGraph, symbolicBatch, type Graph, type Value } from './graph.ts';
import { forwardLayer, slotsOf, type ResolvedLayer } from './layers/kinds.ts';
import type { ForwardContext, Shape } from './layers/layer.ts';
import { serializeGraph } from './serialize.ts';

export interface InferenceOptions {
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: Shape;
  /** The parameters and running averages by state name; optimizer slots are ignored. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Logits are divided by it (calibration); 1 when left out. */
  readonly temperature?: number;
}

/** What is served: [N, C, H, W] in, logits [N, classes] out, for any N. */
export interface InferenceGraph {
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
}

export function buildInferenceGraph(options: InferenceOptions): InferenceGraph {
  const { inputShape, temperature = 1 } = options;
  assert(temperature > 0, 'a temperature is positive: this is our bug');
  checkValues(options);
  const { layers, values } = foldTemperature(foldBatchNormalization(options), temperature);
  const graph = createGraph();
  const image = graph.input('image', [symbolicBatch, ...inputShape]);
  const constants = layers.flatMap((layer) =>
    slotsOf(layer).map(({ slot, shape }): [string, Value] => {
      const name = `${layer.name}.${slot}`;
      return [name, graph.constant(values.get(name)!, shape)];
    }),
  );
  graph.output('logits', serve(graph, layers, image, new Map(constants)));
  return { model: serializeGraph(graph, 'classifier'), input: 'image', output: 'logits' };
}

/**
 * The same net with its state as inputs, so that one session evaluates every epoch: feed it the
 * examples and the carried state (`session.run({ x, ...state.feeds() })`).
 */
export interface EvaluationGraph {
  readonly model: Uint8Array;
  /** Examples [N, C, H, W], for any N. */
  readonly input: 'x';
  readonly output: 'logits';
  /** The names of the state slots it takes, the parameters and running averages of the training graph. */
  readonly state: readonly string[];
}

export function buildEvaluationGraph(
  options: Pick<InferenceOptions, 'layers' | 'inputShape'>,
): EvaluationGraph {
  const { graph, state } = emitEvaluationGraph(options, symbolicBatch);
  return { model: serializeGraph(graph, 'evaluation'), input: 'x', output: 'logits', state };
}

/** The same for so many rows before it is written as ONNX: what it would hold can be counted. */
export function emitEvaluationGraph(
  { layers, inputShape }: Pick<InferenceOptions, 'layers' | 'inputShape'>,
  rows: number,
): { readonly graph: Graph; readonly state: readonly string[] } {
  const graph = createGraph();
  const examples = graph.input('x', [rows, ...inputShape]);
  const slots = layers.flatMap((layer) =>
    slotsOf(layer).map(({ slot, shape }): [string, Value] => {
      const name = `${layer.name}.${slot}`;
      return [name, graph.input(name, shape)];
    }),
  );
  graph.output('logits', serve(graph, layers, examples, new Map(slots)));
  return { graph, state: slots.map(([name]) => name) };
}

function checkValues({ layers, values }: InferenceOptions): void {
  for (const layer of layers) {
    for (const { slot, shape } of slotsOf(layer)) {
      const name = `${layer.name}.${slot}`;
      const isRight = values.get(name)?.length === sizeOf(shape);
      assert(isRight, `${name} is missing or misshapen: this is our bug`);
    }
  }
}

/** Puts the layers of a net that is served on an input. */
export function serve(
  graph: Graph,
  layers: readonly ResolvedLayer[],
  input: Value,
  slots: ReadonlyMap<string, Value>,
): Value {
  const context: ForwardContext = {
    graph,
    mode: 'serving',
    slot(layer, slot) {
      const value = slots.get(`${layer.name}.${slot}`);
      assert(value, `no slot ${slot} in ${layer.name}: this is our bug`);
      return value;
    },
    noise: () => {
      throw new Error('serving has no noise: this is our bug');
    },
    update: () => {
      throw new Error('serving learns nothing: this is our bug');
    },
  };
  return layers.reduce((value, layer) => forwardLayer(context, layer, value), input);
}
