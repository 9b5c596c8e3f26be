import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import type { Value } from '../graph.ts';
import { activation, ActivationLayerSchema, type ActivationSpec } from './activation.ts';
import {
  batchNormalization,
  BatchNormalizationSchema,
  type BatchNormalizationSpec,
} from './batch-normalization.ts';
import { conv2d, Conv2dSchema, type Conv2dSpec } from './conv2d.ts';
import { dense, DenseSchema, type DenseSpec } from './dense.ts';
import { dropout, DropoutSchema, type DropoutSpec } from './dropout.ts';
import { flatten, FlattenSchema, type FlattenSpec } from './flatten.ts';
import type { ForwardContext, LayerKind, BuiltLayer, Shape, SlotSpec } from './layer.ts';
import {
  averagePool2d,
  AveragePool2dSchema,
  globalAveragePooling2d,
  GlobalAveragePooling2dSchema,
  maxPool2d,
  MaxPool2dSchema,
  type AveragePool2dSpec,
  type GlobalAveragePooling2dSpec,
  type MaxPool2dSpec,
} from './pooling.ts';

import {
  gru,
  GruSchema,
  lstm,
  LstmSchema,
  simpleRnn,
  SimpleRnnSchema,
  type GruSpec,
  type LstmSpec,
  type SimpleRnnSpec,
} from './recurrent.ts';

/** Every kind of layer there is: one row in each table here, one file beside this one. */
interface Specs {
  activation: ActivationSpec;
  averagePool2d: AveragePool2dSpec;
  batchNormalization: BatchNormalizationSpec;
  conv2d: Conv2dSpec;
  dense: DenseSpec;
  dropout: DropoutSpec;
  flatten: FlattenSpec;
  globalAveragePooling2d: GlobalAveragePooling2dSpec;
  gru: GruSpec;
  lstm: LstmSpec;
  maxPool2d: MaxPool2dSpec;
  simpleRnn: SimpleRnnSpec;
}

export type LayerType = keyof Specs;

const kinds: { readonly [T in LayerType]: LayerKind<Specs[T]> } = {
  activation,
  averagePool2d,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  globalAveragePooling2d,
  gru,
  lstm,
  maxPool2d,
  simpleRnn,
};

export const layerSchemas = {
  activation: ActivationLayerSchema,
  averagePool2d: AveragePool2dSchema,
  batchNormalization: BatchNormalizationSchema,
  conv2d: Conv2dSchema,
  dense: DenseSchema,
  dropout: DropoutSchema,
  flatten: FlattenSchema,
  globalAveragePooling2d: GlobalAveragePooling2dSchema,
  gru: GruSchema,
  lstm: LstmSchema,
  maxPool2d: MaxPool2dSchema,
  simpleRnn: SimpleRnnSchema,
} as const satisfies Record<LayerType, unknown>;

export const LayerSpecSchema = Type.Union(
  [
    DenseSchema,
    Conv2dSchema,
    MaxPool2dSchema,
    AveragePool2dSchema,
    GlobalAveragePooling2dSchema,
    BatchNormalizationSchema,
    SimpleRnnSchema,
    LstmSchema,
    GruSchema,
    DropoutSchema,
    FlattenSchema,
    ActivationLayerSchema,
  ],
  { title: 'Layer' },
);
export type LayerSpec = Static<typeof LayerSpecSchema>;

/** A layer with its name and shapes, discriminated by `type`. */
export type ResolvedLayer<T extends LayerType = LayerType> = {
  [K in T]: BuiltLayer<Specs[K]> & { readonly type: K };
}[T];

export function isLayerType(type: unknown): type is LayerType {
  return typeof type === 'string' && Object.hasOwn(kinds, type);
}

/** Builds a layer for its input shape. Throws a plain Error that says what does not fit. */
export function buildLayer(spec: LayerSpec, name: string, input: Shape): ResolvedLayer {
  switch (spec.type) {
    case 'activation':
      return { type: spec.type, ...build(activation, spec, name, input) };
    case 'averagePool2d':
      return { type: spec.type, ...build(averagePool2d, spec, name, input) };
    case 'batchNormalization':
      return { type: spec.type, ...build(batchNormalization, spec, name, input) };
    case 'conv2d':
      return { type: spec.type, ...build(conv2d, spec, name, input) };
    case 'dense':
      return { type: spec.type, ...build(dense, spec, name, input) };
    case 'dropout':
      return { type: spec.type, ...build(dropout, spec, name, input) };
    case 'flatten':
      return { type: spec.type, ...build(flatten, spec, name, input) };
    case 'globalAveragePooling2d':
      return { type: spec.type, ...build(globalAveragePooling2d, spec, name, input) };
    case 'gru':
      return { type: spec.type, ...build(gru, spec, name, input) };
    case 'lstm':
      return { type: spec.type, ...build(lstm, spec, name, input) };
    case 'maxPool2d':
      return { type: spec.type, ...build(maxPool2d, spec, name, input) };
    case 'simpleRnn':
      break;
  }
  return { type: spec.type, ...build(simpleRnn, spec, name, input) };
}

export function slotsOf<T extends LayerType>(layer: ResolvedLayer<T>): readonly SlotSpec[] {
  return kinds[layer.type].slots(layer);
}

export function forwardLayer<T extends LayerType>(
  context: ForwardContext,
  layer: ResolvedLayer<T>,
  input: Value,
): Value {
  return kinds[layer.type].forward(context, layer, input);
}

function build<Spec>(kind: LayerKind<Spec>, spec: Spec, name: string, inputShape: Shape) {
  return { spec, name, inputShape, outputShape: kind.outputShape(spec, inputShape) };
}
