import type { NetGraph } from '../tensors/net-graph.ts';
import type { Value } from '../../neural/graph.ts';
import { shownShape, unsupported } from '../refusals.ts';
import type { WeightArray } from '../tensors/weight-array.ts';
import { ofPlanes, planesOf, type Tensor } from '../tensors/tensor.ts';
import { padsOf, windowAttributes, type Window } from './padding.ts';
import { imageOf } from './image-axes.ts';

/** A kernel as TensorFlow keeps it, [height, width, channels in each group, channels out], and what is added after. */
export interface Kernel {
  readonly weights: WeightArray;
  readonly bias: WeightArray | undefined;
}

export type Strides = Pick<Window, 'strides' | 'dilations' | 'padding'>;

/** Conv2D, in as many groups as the channels of the kernel go into those of the image. */
export function convolve(graph: NetGraph, input: Tensor, kernel: Kernel, how: Strides): Tensor {
  const { weights, bias } = kernel;
  const { height, width, channels } = imageOf(input);
  const [tall, wide, perGroup, filters] = axesOf(weights);
  const groups = channels / perGroup;
  if (!Number.isInteger(groups) || filters % groups !== 0) {
    throw unsupported(`a kernel for ${perGroup} channels does not fit ${channels}`);
  }
  const window: Window = { ...how, size: [tall, wide] };
  const { pads, out } = padsOf(window, [height, width]);
  const shape = [input.shape[0]!, filters, ...out];
  const value = graph.node(
    'Conv',
    [planesOf(graph, input), graph.weights(weights, [3, 2, 0, 1]), biasOf(graph, bias, filters)],
    shape,
    { attributes: { ...windowAttributes(window, pads), group: { int: groups } } },
  );
  return ofPlanes(value, [shape[0]!, ...out, filters]);
}

/** DepthwiseConv2D: a kernel [height, width, channels, multiplier], each channel by itself. */
export function convolveDepthwise(
  graph: NetGraph,
  input: Tensor,
  { weights, bias }: Kernel,
  how: Strides,
): Tensor {
  const [tall, wide, channels, multiplier] = axesOf(weights);
  if (channels !== imageOf(input).channels) {
    throw unsupported(`a kernel for ${channels} channels does not fit ${imageOf(input).channels}`);
  }
  const shape = [tall, wide, 1, channels * multiplier];
  return convolve(graph, input, { weights: { ...weights, shape }, bias }, how);
}

/** Conv2DTranspose: a kernel [height, width, channels out, channels in]. */
export function convolveTransposed(
  graph: NetGraph,
  input: Tensor,
  { weights, bias }: Kernel,
  how: Strides,
): Tensor {
  const { height, width, channels } = imageOf(input);
  const [tall, wide, filters, taken] = axesOf(weights);
  if (taken !== channels) {
    throw unsupported(`a kernel for ${taken} channels does not fit ${channels}`);
  }
  const plan = [height, width].map((length, axis) => {
    const stride = how.strides[axis]!;
    const span = ([tall, wide][axis]! - 1) * how.dilations[axis]! + 1;
    const total = how.padding === 'same' ? Math.max(span - stride, 0) : 0;
    const out = length * stride + (how.padding === 'same' ? 0 : Math.max(span - stride, 0));
    const before = Math.floor(total / 2);
    const missing = out - (stride * (length - 1) + span - total);
    return { before, after: total - before, out, missing };
  });
  const out = plan.map((axis) => axis.out);
  const window: Window = { ...how, size: [tall, wide] };
  const pads = [...plan.map(({ before }) => before), ...plan.map(({ after }) => after)];
  const value = graph.node(
    'ConvTranspose',
    [planesOf(graph, input), graph.weights(weights, [3, 2, 0, 1]), biasOf(graph, bias, filters)],
    [input.shape[0]!, filters, ...out],
    {
      attributes: {
        ...windowAttributes(window, pads),
        output_padding: { ints: plan.map(({ missing }) => missing) },
      },
    },
  );
  return ofPlanes(value, [input.shape[0]!, ...out, filters]);
}

function axesOf({ shape }: WeightArray): [number, number, number, number] {
  const [tall, wide, third, fourth, ...others] = shape;
  if (!tall || !wide || !third || !fourth || others.length > 0) {
    throw unsupported(`a kernel of the shape ${shownShape(shape)}`);
  }
  return [tall, wide, third, fourth];
}

function biasOf(
  graph: NetGraph,
  bias: WeightArray | undefined,
  filters: number,
): Value | undefined {
  if (!bias) return undefined;
  if (bias.data.length !== filters) {
    throw unsupported(`a bias of ${bias.data.length} values for ${filters} channels`);
  }
  return graph.weights({ ...bias, shape: [filters] });
}
