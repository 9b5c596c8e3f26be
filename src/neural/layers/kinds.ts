import { Type, type Static } from 'typebox';
import type { Value } from '../graph.ts';
import { activation, ActivationLayerSchema, type ActivationSpec } from './activation.ts';
import { dense, DenseSchema, type DenseSpec } from './dense.ts';
import { dropout, DropoutSchema, type DropoutSpec } from './dropout.ts';
import { flatten, FlattenSchema, type FlattenSpec } from './flatten.ts';
import type { ForwardContext, LayerKind, Placed, Shape, SlotSpec } from './layer.ts';

/** Every kind of layer there is: one row here, one file beside this one. */
interface Specs {
  activation: ActivationSpec;
  dense: DenseSpec;
  dropout: DropoutSpec;
  flatten: FlattenSpec;
}

export type LayerType = keyof Specs;

const kinds: { readonly [T in LayerType]: LayerKind<Specs[T]> } = {
  activation,
  dense,
  dropout,
  flatten,
};

export const layerSchemas = {
  activation: ActivationLayerSchema,
  dense: DenseSchema,
  dropout: DropoutSchema,
  flatten: FlattenSchema,
} as const satisfies Record<LayerType, unknown>;

export const LayerSpecSchema = Type.Union([
  DenseSchema,
  DropoutSchema,
  FlattenSchema,
  ActivationLayerSchema,
]);
export type LayerSpec = Static<typeof LayerSpecSchema>;

/** A layer with its name and shapes, discriminated by `type`. */
export type ResolvedLayer<T extends LayerType = LayerType> = {
  [K in T]: Placed<Specs[K]> & { readonly type: K };
}[T];

export function isLayerType(type: unknown): type is LayerType {
  return typeof type === 'string' && Object.hasOwn(kinds, type);
}

/** Fits a layer to its input. Throws a plain Error that says what does not fit. */
export function placeLayer(spec: LayerSpec, name: string, inputShape: Shape): ResolvedLayer {
  switch (spec.type) {
    case 'activation':
      return { type: spec.type, ...place(activation, spec, name, inputShape) };
    case 'dense':
      return { type: spec.type, ...place(dense, spec, name, inputShape) };
    case 'dropout':
      return { type: spec.type, ...place(dropout, spec, name, inputShape) };
    case 'flatten':
      break;
  }
  return { type: spec.type, ...place(flatten, spec, name, inputShape) };
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

function place<Spec>(kind: LayerKind<Spec>, spec: Spec, name: string, inputShape: Shape) {
  return { spec, name, inputShape, outputShape: kind.outputShape(spec, inputShape) };
}
