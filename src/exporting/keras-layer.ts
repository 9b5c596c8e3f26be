import type { Activation } from '../neural/ops/activations.ts';

/**
 * A net in the words of Keras, which TensorFlow.js shares: layers one after the other over images whose channels come
 * last.
 */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** In the order in which Keras keeps them. */
  readonly weights: readonly KerasWeight[];
  /** Whether its weights are those of a cell within it. */
  readonly isCell?: boolean;
}

export interface KerasWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A layer that has no name yet. */
export type LayerDraft = Omit<KerasLayer, 'name'>;

/** The tensors of one of our layers by their slots. */
export type SlotValues = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>
>;

/** A layer of a class of Keras, with its settings and weights. */
export function layerOf(
  className: string,
  config: Record<string, unknown>,
  weights: readonly KerasWeight[] = [],
): LayerDraft {
  return { className, config, weights };
}

/** Those of these slots that a layer has, as weights of the same name. */
export function weightsNamed(slots: SlotValues, ...names: string[]): KerasWeight[] {
  return names.flatMap((name) => (slots[name] ? [{ name, ...slots[name] }] : []));
}

/** What an activation is as a layer by itself; nothing for the linear one. */
export function activationLayers(activation: Activation = 'linear'): LayerDraft[] {
  if (activation === 'linear') return [];
  // What Keras calls leaky_relu has had several slopes; its layer says which.
  if (activation === 'leakyRelu') return [layerOf('LeakyReLU', { negative_slope: 0.3 })];
  return [layerOf('Activation', { activation })];
}
