import { serializeGraph } from '../neural/serialize.ts';
import { declareInput, type SaidImage } from './input-image.ts';
import { takesLevels } from './pixel-range.ts';
import type { KerasNet } from './read-keras.ts';
import { unsupported } from './refusals.ts';
import { createNetGraph, type NetGraph } from './tensors/net-graph.ts';
import { writtenOf, type Tensor } from './tensors/tensor.ts';
import { buildModel } from './topology/build-model.ts';
import { refOf } from './topology/calls.ts';
import type { LayerConfig, ModelConfig } from './topology/net-config.ts';

/** A net that was read and written again. */
export interface WrittenNet {
  readonly model: Uint8Array;
  /** Whether the net itself brings pixels of 0..255 to what it was trained with. */
  readonly takesLevels: boolean;
  /** Whether it takes images, with their channels first, and not a row of pixels. */
  readonly isImage: boolean;
}

/** So many calls of layers a net may have in all. */
const mostCalls = 100_000;

/** Writes a net of layers of Keras as ONNX. The same files always give the same bytes. */
export function buildKeras(
  { model, weights, isKeras2 }: KerasNet,
  maxBytes: number,
  said?: SaidImage,
): WrittenNet {
  const graph = createNetGraph(maxBytes);
  const shape = inputShapeOf(model);
  const input = declareInput(graph, shape, said, 'last');
  const building = { graph, isKeras2, callsLeft: mostCalls };
  const outputs = buildModel(model, [input.tensor], weights, building);
  declareOutputs(graph, outputs, model);
  return {
    model: serializeGraph(graph, 'classifier'),
    takesLevels: takesLevels(graph, input.name),
    isImage: shape.length > 1,
  };
}

/** One output is called "scores"; of several each has the name of its layer behind that. */
function declareOutputs(graph: NetGraph, outputs: readonly Tensor[], model: ModelConfig): void {
  const names = model.outputs.map((output) => refOf(output).layer);
  for (const [at, output] of outputs.entries()) {
    const name = outputs.length === 1 ? 'scores' : `scores:${names[at] ?? ''}:${at}`;
    graph.output(name, writtenOf(graph, output));
  }
}

/** The shape of the one input, without the batch. */
function inputShapeOf(model: ModelConfig): (number | null)[] {
  const shape = model.isSequential ? firstShape(model) : graphShape(model);
  const [, ...lengths] = shape;
  if (lengths.every((length) => length === null || typeof length === 'number')) return lengths;
  throw unsupported('it does not tell the shape of its input');
}

function firstShape({ layers, builtFor }: ModelConfig): unknown[] {
  const [first] = layers;
  const told = first && (first.model ? inputShapeInside(first.model) : shapeOf(first));
  if (told) return told;
  if (Array.isArray(builtFor)) return builtFor;
  throw unsupported(
    'it was saved before it knew the shape of its input: begin it with keras.Input(shape=...), or call it once before it is saved',
  );
}

function inputShapeInside(model: ModelConfig): unknown[] {
  return model.isSequential ? firstShape(model) : graphShape(model);
}

function graphShape({ inputs, layers }: ModelConfig): unknown[] {
  const [first, ...others] = inputs.map(refOf);
  if (!first || others.length > 0) {
    throw unsupported(`it takes ${inputs.length} inputs, and an image is one`);
  }
  const layer = layers.find(({ name }) => name === first.layer);
  const shape = layer && shapeOf(layer);
  if (shape) return shape;
  throw unsupported('it does not tell the shape of its input');
}

function shapeOf({ config }: LayerConfig): unknown[] | undefined {
  const shape = config['batch_shape'] ?? config['batch_input_shape'] ?? config['batchInputShape'];
  return Array.isArray(shape) ? shape : undefined;
}
