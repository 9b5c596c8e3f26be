import { Check } from 'typebox/schema';
import { errors, messageOf, withDetails } from '../errors.ts';
import { isRecord } from '../json.ts';
import { Type } from '../schema/builder.ts';
import { sizeOf } from '../tensor.ts';
import {
  isLayerType,
  layerSchemas,
  LayerSpecSchema,
  buildLayer,
  slotsOf,
  type LayerSpec,
  type ResolvedLayer,
} from './layers/kinds.ts';
import { describeShape, type Shape } from './layers/layer.ts';
import { problemOf } from '../schema.ts';
import { isPresetName, presetNames, presets } from './presets.ts';

/** From an architecture as a client writes it to layers with names and shapes. */
const maxLayers = 100;
/** Bounds the memory of a training process: parameters, gradients and two optimizer slots each. */
const maxParameters = 20_000_000;
/** Bounds one example inside the net; a batch holds this many numbers per layer and example. */
const maxActivations = 16_777_216;

export const ArchitectureSchema = Type.Union(
  [
    Type.Enum(presetNames),
    Type.Object(
      { layers: Type.Array(LayerSpecSchema, { minItems: 1, maxItems: maxLayers }) },
      { title: 'LayeredArchitecture', additionalProperties: false },
    ),
  ],
  {
    title: 'Architecture',
    description:
      'The name of a preset, or layers from input to output. The last one is a dense layer; its "units" default to the number of classes.',
  },
);

export interface ArchitectureContext {
  /** [channels, height, width] of one example. */
  readonly inputShape: Shape;
  readonly classes: number;
}

/**
 * Validates an architecture (it need not have passed the schema) and fits each layer to the one before.
 * Throws GLIMPSE_ARCHITECTURE_INVALID naming the layer and what is wrong with it.
 */
export function resolveArchitecture(
  architecture: unknown,
  { inputShape, classes }: ArchitectureContext,
): ResolvedLayer[] {
  const specs = specsOf(architecture);
  const resolved: ResolvedLayer[] = [];
  let shape: Shape = inputShape;
  for (const [index, raw] of specs.entries()) {
    const isLast = index === specs.length - 1;
    const spec = withHeadUnits(checkedSpec(raw, index), isLast, classes);
    const layer = atLayer(index, spec.type, () =>
      buildLayer(spec, `${index + 1}.${spec.type}`, shape),
    );
    checkActivations(layer, index);
    if (isLast) checkHead(layer, index, classes);
    resolved.push(layer);
    shape = layer.outputShape;
  }
  checkParameters(resolved);
  return resolved;
}

/** How many numbers a net learns, and how many running averages it keeps beside them. */
export function countParameters(layers: readonly ResolvedLayer[]): {
  trainable: number;
  running: number;
} {
  const slots = layers.flatMap((layer) => slotsOf(layer));
  const total = (role: string) =>
    slots.reduce((sum, slot) => (slot.role === role ? sum + sizeOf(slot.shape) : sum), 0);
  return { trainable: total('parameter'), running: total('running') };
}

function specsOf(architecture: unknown): readonly unknown[] {
  if (isPresetName(architecture)) return presets[architecture];
  if (typeof architecture === 'string') {
    const known = presetNames.join(', ');
    throw invalid('its name', `there is no "${architecture}"; there are ${known}`);
  }
  const layers = isRecord(architecture) ? architecture['layers'] : undefined;
  if (!Array.isArray(layers))
    throw invalid('the top', 'it is neither a preset nor {"layers": [...]}');
  if (layers.length === 0) throw invalid('"layers"', 'there is no layer');
  if (layers.length > maxLayers) throw invalid('"layers"', `more than ${maxLayers} layers`);
  return layers;
}

function checkedSpec(raw: unknown, index: number): LayerSpec {
  const type = isRecord(raw) ? raw['type'] : undefined;
  if (!isLayerType(type)) {
    const known = Object.keys(layerSchemas).join(', ');
    throw invalid(`layer ${index + 1}`, `its "type" must be one of ${known}`);
  }
  const schema = layerSchemas[type];
  if (!Check(LayerSpecSchema, raw)) {
    const { sentence, path, ...details } = problemOf(schema, raw);
    throw withDetails(invalid(describeLayer(index, type), sentence), {
      path: `/layers/${index}${path}`,
      ...details,
    });
  }
  return raw;
}

/** The last layer has one output for each class, so its width need not be given. */
function withHeadUnits(spec: LayerSpec, isLast: boolean, classes: number): LayerSpec {
  return isLast && spec.type === 'dense' ? { units: classes, ...spec } : spec;
}

function checkHead(layer: ResolvedLayer, index: number, classes: number): void {
  const at = describeLayer(index, layer.type);
  if (layer.type !== 'dense') {
    throw invalid(at, 'the last layer must be dense: its outputs are the scores of the classes');
  }
  if (layer.outputShape[0] !== classes) {
    throw invalid(at, `it has ${layer.outputShape[0]} units, but there are ${classes} classes`);
  }
  if ((layer.spec.activation ?? 'linear') !== 'linear') {
    throw invalid(at, 'the last layer must have no activation: the softmax is part of the loss');
  }
}

function checkActivations(layer: ResolvedLayer, index: number): void {
  const size = sizeOf(layer.outputShape);
  if (size > maxActivations) {
    const shape = describeShape(layer.outputShape);
    throw invalid(
      describeLayer(index, layer.type),
      `its output of ${shape} has more than ${maxActivations} numbers`,
    );
  }
}

function checkParameters(layers: readonly ResolvedLayer[]): void {
  const { trainable } = countParameters(layers);
  if (trainable > maxParameters) {
    throw invalid('"layers"', `${trainable} parameters are more than ${maxParameters}`);
  }
}

function atLayer<Result>(index: number, type: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw invalid(describeLayer(index, type), messageOf(error));
  }
}

function describeLayer(index: number, type: string): string {
  return `layer ${index + 1} (${type})`;
}

function invalid(where: string, why: string): Error {
  return new errors.GLIMPSE_ARCHITECTURE_INVALID(where, why);
}
