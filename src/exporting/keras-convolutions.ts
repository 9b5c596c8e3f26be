import type { ResolvedLayer } from '../neural/layers/kinds.ts';
import { channelScaling } from '../preprocessing/pixel-scaling.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import {
  activationLayers,
  layerOf,
  weightsNamed,
  type LayerDraft,
  type SlotValues,
} from './keras-layer.ts';
import { permuted } from './permute-weights.ts';

type Of<T extends ResolvedLayer['type']> = Extract<ResolvedLayer, { type: T }>;
type Pair = readonly [number, number];

/** Scale, mean, deviation and the order of the colours are one multiplication by a matrix for each pixel. */
export function scalingLayer(preprocessing: Preprocessing): LayerDraft {
  const { channels } = preprocessing;
  const kernel = new Float32Array(channels * channels);
  const bias = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const { source, factor, shift } = channelScaling(preprocessing, channel);
    kernel[source * channels + channel] = factor;
    bias[channel] = shift;
  }
  const config = convolution(channels, [1, 1], [1, 1], 'valid', true);
  return layerOf('Conv2D', { ...config, trainable: false }, [
    { name: 'kernel', shape: [1, 1, channels, channels], values: kernel },
    { name: 'bias', shape: [channels], values: bias },
  ]);
}

/** A convolution and its activation. */
export function convolutionLayers({ spec }: Of<'conv2d'>, slots: SlotValues): LayerDraft[] {
  const { shape, values } = slots['kernel']!;
  const [filters = 0, channels = 0, height = 0, width = 0] = shape;
  const { strides = 1, padding = 'valid' } = spec;
  return [
    layerOf(
      'Conv2D',
      convolution(filters, [height, width], pairOf(strides), padding, 'bias' in slots),
      [
        {
          name: 'kernel',
          shape: [height, width, channels, filters],
          values: permuted(values, shape, [2, 3, 1, 0]),
        },
        ...weightsNamed(slots, 'bias'),
      ],
    ),
    ...activationLayers(spec.activation),
  ];
}

/** The largest or the mean of each window. */
export function poolingLayer({ type, spec }: Of<'maxPool2d' | 'averagePool2d'>): LayerDraft {
  const { poolSize = 2, padding = 'valid' } = spec;
  return layerOf(type === 'maxPool2d' ? 'MaxPooling2D' : 'AveragePooling2D', {
    pool_size: pairOf(poolSize),
    strides: pairOf(spec.strides ?? poolSize),
    padding,
    data_format: 'channels_last',
  });
}

function convolution(
  filters: number,
  kernel: Pair,
  strides: Pair,
  padding: string,
  hasBias: boolean,
): Record<string, unknown> {
  return {
    filters,
    kernel_size: kernel,
    strides,
    padding,
    data_format: 'channels_last',
    dilation_rate: [1, 1],
    activation: 'linear',
    use_bias: hasBias,
  };
}

function pairOf(value: number | readonly number[]): Pair {
  return typeof value === 'number' ? [value, value] : [value[0]!, value[1]!];
}
