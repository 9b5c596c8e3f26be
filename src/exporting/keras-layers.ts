import { epsilonOf } from '../neural/layers/batch-normalization.ts';
import { slotsOf, type ResolvedLayer } from '../neural/layers/kinds.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { convolutionLayers, poolingLayer, scalingLayer } from './keras-convolutions.ts';
import {
  activationLayers,
  layerOf,
  weightsNamed,
  type KerasLayer,
  type KerasWeight,
  type LayerDraft,
  type SlotValues,
} from './keras-layer.ts';
import { recurrentLayers } from './keras-recurrent.ts';
import type { TrainedNet } from './trained-net.ts';

/**
 * The layers of a net behind its input of [height, width, channels]. The first of them makes of pixels from 0 to 255
 * what the net was trained on, the last one makes probabilities.
 */
export function kerasLayers(net: TrainedNet, preprocessing: Preprocessing): KerasLayer[] {
  const drafts = [
    scalingLayer(preprocessing),
    ...net.layers.flatMap((layer) => layersOf(layer, slotValuesOf(layer, net))),
    layerOf('Softmax', { axis: -1 }),
  ];
  return drafts.map((draft, place) => ({ ...draft, name: nameOf(draft, place, drafts.length) }));
}

function nameOf({ className }: LayerDraft, place: number, count: number): string {
  if (place === 0) return 'preprocessing';
  if (place === count - 1) return 'probabilities';
  return `${className.toLowerCase()}_${place}`;
}

function slotValuesOf(layer: ResolvedLayer, { values }: TrainedNet): SlotValues {
  return Object.fromEntries(
    slotsOf(layer).map(({ slot, shape }) => [
      slot,
      { shape, values: values.get(`${layer.name}.${slot}`)! },
    ]),
  );
}

/** One of our layers, with what has to stand beside it where channels come last. */
function layersOf(layer: ResolvedLayer, slots: SlotValues): LayerDraft[] {
  switch (layer.type) {
    case 'dense':
      return [
        layerOf(
          'Dense',
          { units: layer.outputShape[0], use_bias: 'bias' in slots },
          weightsNamed(slots, 'kernel', 'bias'),
        ),
        ...activationLayers(layer.spec.activation),
      ];
    case 'conv2d':
      return convolutionLayers(layer, slots);
    case 'maxPool2d':
    case 'averagePool2d':
      return [poolingLayer(layer)];
    case 'globalAveragePooling2d':
      return [layerOf('GlobalAveragePooling2D', {})];
    case 'batchNormalization':
      return [
        layerOf(
          'BatchNormalization',
          { axis: -1, epsilon: epsilonOf(layer.spec), momentum: layer.spec.momentum ?? 0.9 },
          normalisationWeights(slots),
        ),
      ];
    case 'dropout':
      // Keras keeps the state of its chance, and what is exported is the net as it is served.
      return [];
    case 'activation':
      return activationLayers(layer.spec.activation);
    case 'flatten':
      return [
        ...(hasChannels(layer) ? [layerOf('Permute', { dims: [3, 1, 2] })] : []),
        layerOf('Flatten', {}),
      ];
    default:
      return recurrentLayers(layer, slots);
  }
}

function normalisationWeights({ gamma, beta, mean, variance }: SlotValues): KerasWeight[] {
  return [
    { name: 'gamma', ...gamma! },
    { name: 'beta', ...beta! },
    { name: 'moving_mean', ...mean! },
    { name: 'moving_variance', ...variance! },
  ];
}

function hasChannels({ inputShape }: ResolvedLayer): boolean {
  return inputShape.length === 3 && inputShape[0]! > 1;
}
