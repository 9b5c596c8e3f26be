import type { WeightArray } from '../tensors/weight-array.ts';
import {
  convolve,
  convolveDepthwise,
  convolveTransposed,
  type Strides,
} from '../operations/convolution.ts';
import { multiply } from '../operations/dense.ts';
import { activate } from './activation-names.ts';
import { paddingOf } from './pooling.ts';
import { shownShape, unsupported } from '../refusals.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Layer, LayerKind } from './layer.ts';

/** How the window of a layer walks. */
function stridesOf(layer: Layer): Strides {
  const { settings } = layer;
  return {
    strides: settings.pair('strides', 1),
    dilations: settings.pair('dilation_rate', 1),
    padding: paddingOf(layer),
  };
}

function biasOf({ settings, weights }: Layer): WeightArray | undefined {
  return settings.flag('use_bias', true) ? weights.take('bias') : undefined;
}

/** What comes after every layer that learns: its activation. */
function activated(layer: Layer, output: Tensor): Tensor {
  return activate(layer, output, layer.settings.raw('activation'));
}

const conv2d: LayerKind = (layer, input) => {
  const kernel = { weights: layer.weights.take('kernel'), bias: biasOf(layer) };
  requireKernel(layer, kernel.weights);
  return activated(layer, convolve(layer.graph, input, kernel, stridesOf(layer)));
};

const depthwise: LayerKind = (layer, input) => {
  const weights = layer.weights.take('depthwise_kernel', 'kernel');
  requireKernel(layer, weights);
  const kernel = { weights, bias: biasOf(layer) };
  return activated(layer, convolveDepthwise(layer.graph, input, kernel, stridesOf(layer)));
};

const separable: LayerKind = (layer, input) => {
  const { graph, weights } = layer;
  const each = { weights: weights.take('depthwise_kernel'), bias: undefined };
  requireKernel(layer, each.weights);
  const mixed = { weights: weights.take('pointwise_kernel'), bias: biasOf(layer) };
  const filtered = convolveDepthwise(graph, input, each, stridesOf(layer));
  const once = { strides: [1, 1], dilations: [1, 1], padding: 'valid' } as const;
  return activated(layer, convolve(graph, filtered, mixed, once));
};

const transposed: LayerKind = (layer, input) => {
  if (layer.settings.isSet('output_padding')) {
    throw unsupported(`${layer.title} has an output_padding of its own`);
  }
  const kernel = { weights: layer.weights.take('kernel'), bias: biasOf(layer) };
  requireKernel(layer, kernel.weights);
  return activated(layer, convolveTransposed(layer.graph, input, kernel, stridesOf(layer)));
};

/** A kernel that is not as large as its layer says was meant for another. */
function requireKernel({ settings, title }: Layer, { shape }: WeightArray): void {
  const [tall, wide] = settings.pair('kernel_size');
  if (shape.length === 4 && shape[0] === tall && shape[1] === wide) return;
  throw unsupported(
    `${title} says a kernel of ${tall} x ${wide} and has weights of the shape ${shownShape(shape)}`,
  );
}

const dense: LayerKind = (layer, input) => {
  const { graph, weights } = layer;
  const kernel = weights.take('kernel');
  return activated(layer, multiply(graph, input, kernel, biasOf(layer)));
};

/** Layers that multiply what comes in with weights. */
export const weightedLayers: Readonly<Record<string, LayerKind>> = {
  Conv2D: conv2d,
  Convolution2D: conv2d,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  SeparableConvolution2D: separable,
  Conv2DTranspose: transposed,
  Convolution2DTranspose: transposed,
  Dense: dense,
};
