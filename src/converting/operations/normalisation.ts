import type { NetGraph } from '../tensors/net-graph.ts';
import { sizeOf } from '../../tensor.ts';
import { shownShape, unsupported } from '../refusals.ts';
import {
  anyForm,
  channelAxis,
  ofPlanes,
  ofWritten,
  planesOf,
  planesShape,
  reshaped,
  writtenOf,
  type Tensor,
} from '../tensors/tensor.ts';
import { alongChannels, combine } from './arithmetic.ts';
import { imageOf } from './image-axes.ts';

/** One number for each channel, in the order of ONNX. */
export interface BatchStatistics {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** BatchNormalization over the last axis. On images it is a node of its own, which runtimes fold into the convolution before it. */
export function normaliseBatch(
  graph: NetGraph,
  input: Tensor,
  statistics: BatchStatistics,
  epsilon: number,
): Tensor {
  const { gamma, beta, mean, variance } = statistics;
  const channels = input.shape.at(-1)!;
  for (const { length } of [gamma, beta, mean, variance]) {
    if (length !== channels) throw unsupported(`statistics of ${length} channels for ${channels}`);
  }
  if (input.shape.length === 4) {
    const value = planesOf(graph, input);
    const inputs = [gamma, beta, mean, variance].map((data) =>
      graph.weights({ data, shape: [channels] }),
    );
    return ofPlanes(
      graph.node('BatchNormalization', [value, ...inputs], value.shape, {
        attributes: { epsilon: { float: epsilon } },
      }),
      input.shape,
    );
  }
  const scale = gamma.map((factor, i) => factor / Math.sqrt(variance[i]! + epsilon));
  const offset = beta.map((value, i) => value - mean[i]! * scale[i]!);
  const scaled = combine(graph, 'Mul', input, alongChannels(graph, scale));
  return combine(graph, 'Add', scaled, alongChannels(graph, offset));
}

/** What is multiplied with and added after normalising; undefined for neither. */
export interface Affine {
  readonly gamma: Float32Array | undefined;
  readonly beta: Float32Array | undefined;
}

/** LayerNormalization over the last axes from `axis` on. */
export function normaliseLayer(
  graph: NetGraph,
  input: Tensor,
  { gamma, beta }: Affine,
  axis: number,
  epsilon: number,
): Tensor {
  const shape = input.shape.slice(axis);
  for (const { length } of [gamma, beta].filter((one) => one !== undefined)) {
    if (length !== sizeOf(shape)) throw unsupported(`${length} factors for ${shownShape(shape)}`);
  }
  const scale = gamma ? graph.weights({ data: gamma, shape }) : graph.filled(shape, 1);
  const added = beta && graph.weights({ data: beta, shape });
  const value = graph.node(
    'LayerNormalization',
    [writtenOf(graph, input), scale, ...(added ? [added] : [])],
    input.shape,
    { attributes: { axis: { int: axis }, epsilon: { float: epsilon } } },
  );
  return ofWritten(value);
}

/** GroupNormalization of images over the last axis. */
export function normaliseGroups(
  graph: NetGraph,
  input: Tensor,
  { gamma, beta }: Affine,
  groups: number,
  epsilon: number,
): Tensor {
  const { height, width, channels } = imageOf(input);
  if (channels % groups !== 0) throw unsupported(`${groups} groups of ${channels} channels`);
  const inGroups = reshaped(graph, planesOf(graph, input), [
    input.shape[0]!,
    groups,
    (channels / groups) * height * width,
  ]);
  const normalised = graph.node(
    'InstanceNormalization',
    [inGroups, graph.filled([groups], 1), graph.filled([groups], 0)],
    inGroups.shape,
    { attributes: { epsilon: { float: epsilon } } },
  );
  const shape = planesShape(input.shape);
  let result: Tensor = ofPlanes(reshaped(graph, normalised, shape), input.shape);
  if (gamma) result = combine(graph, 'Mul', result, alongChannels(graph, gamma));
  if (beta) result = combine(graph, 'Add', result, alongChannels(graph, beta));
  return result;
}

/** Each row along the last axis with the length one. */
export function normaliseLength(graph: NetGraph, input: Tensor): Tensor {
  const { value, same } = anyForm(input);
  const axis = channelAxis(input);
  const shape = value.shape.map((length, at) => (at === axis ? 1 : length));
  const norm = graph.node('ReduceL2', [value, graph.integers([axis])], shape);
  const least = graph.node('Max', [norm, graph.constant(1e-12)], shape);
  return same(graph.node('Div', [value, least], value.shape));
}

/** (x - mean) / deviation with numbers along the last axis, as layers do that learnt them from data. */
export function standardise(
  graph: NetGraph,
  input: Tensor,
  mean: Float32Array,
  variance: Float32Array,
): Tensor {
  const deviation = variance.map((value) => Math.max(Math.sqrt(value), 1e-7));
  const centred = combine(graph, 'Sub', input, alongChannels(graph, mean));
  return combine(graph, 'Div', centred, alongChannels(graph, deviation));
}

/** x * scale + offset with one number, or one for each channel. */
export function rescale(
  graph: NetGraph,
  input: Tensor,
  scale: Float32Array,
  offset: Float32Array,
): Tensor {
  const scaled = combine(graph, 'Mul', input, alongChannels(graph, scale));
  if (offset.every((value) => value === 0)) return scaled;
  return combine(graph, 'Add', scaled, alongChannels(graph, offset));
}
