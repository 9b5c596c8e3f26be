import { convolve, convolveDepthwise, convolveTransposed } from '../operations/convolution.ts';
import { combine } from '../operations/arithmetic.ts';
import { multiply } from '../operations/dense.ts';
import { normaliseBatch } from '../operations/normalisation.ts';
import { pool, type PoolKind } from '../operations/pooling.ts';
import { shown, shownShape, unsupported } from '../refusals.ts';
import { permuted } from '../tensors/permute-array.ts';
import { ofPlanes, planesOf, type Tensor } from '../tensors/tensor.ts';
import { activationOf, bent, parametric } from './activations.ts';
import { asCounted, imageFor, isChannelsFirst } from './image-form.ts';
import { isKnown, type NodeCall, type NodeKind } from './node-call.ts';
import { channelsOf, operand, weightsOf } from './operands.ts';
import { sizeOfWindow, stridesOf } from './windows.ts';

/** A kernel without its numbers added, which TensorFlow does in a node of its own. */
const kernelOf = (call: NodeCall, at = 1) => ({
  weights: weightsOf(call.known(at), call.title),
  bias: undefined,
});

const conv = (call: NodeCall): Tensor =>
  convolve(call.graph, imageFor(call), kernelOf(call), stridesOf(call));

const depthwise = (call: NodeCall): Tensor =>
  convolveDepthwise(call.graph, imageFor(call), kernelOf(call), stridesOf(call));

/** A node that makes an image, with the axes as it counts them. */
const counted =
  (kind: (call: NodeCall) => Tensor): NodeKind =>
  (call) =>
    asCounted(call, kind(call));

/** The gradient of a convolution by its image, which is what a transposed one computes. */
const transposed: NodeKind = (call) => {
  const { graph, title } = call;
  const [height, width] = call.integers(0).slice(isChannelsFirst(call) ? 2 : 1);
  const image = imageFor(call, call.tensor(2));
  const out = convolveTransposed(graph, image, kernelOf(call), stridesOf(call));
  if (out.shape[1] === height && out.shape[2] === width) return asCounted(call, out);
  throw unsupported(
    `${title} is to make ${shownShape([height ?? null, width ?? null])}, and makes ${shownShape(out.shape.slice(1, 3))}`,
  );
};

const matMul = (call: NodeCall): Tensor => {
  const { attributes, title } = call;
  const isTransposed = (name: string): boolean =>
    attributes.flag(`transpose_${name}`, false) ||
    attributes.flag(`adj_${name === 'a' ? 'x' : 'y'}`, false);
  const matrix = weightsOf(call.known(1), title);
  if (isTransposed('a') || matrix.shape.length !== 2) {
    throw unsupported(`${title} multiplies more than the last axis of a value with a matrix`);
  }
  const weights = isTransposed('b') ? permuted(matrix, [1, 0]) : matrix;
  return multiply(call.graph, call.tensor(0), weights, undefined);
};

/** What nodes that were fused do behind their first operation, each with the values it takes. */
const fused =
  (first: (call: NodeCall) => Tensor): NodeKind =>
  (call) => {
    const { graph, attributes, title } = call;
    let next = 2;
    const last = attributes.texts('fused_ops').reduce((tensor, op) => {
      if (op === 'BiasAdd' || op === 'Add') {
        next += 1;
        return combine(graph, 'Add', tensor, addedIn(call, next - 1, tensor));
      }
      if (op === 'FusedBatchNorm') {
        next += 4;
        return normalised(call, tensor, next - 4);
      }
      if (op === 'LeakyRelu') return bent(call, tensor, 0.2, 'leakyrelu_alpha');
      if (op === 'Prelu') {
        next += 1;
        return parametric(call, tensor, next - 1);
      }
      const activate = activationOf(op);
      if (activate) return activate(graph, tensor);
      throw unsupported(`${title} has ${shown(op)} fused into it`);
    }, first(call));
    return asCounted(call, last);
  };

/** What a fused node adds: numbers that are known, or another image that it counts the axes of as those of its own. */
function addedIn(call: NodeCall, at: number, to: Tensor): Tensor {
  const datum = call.input(at);
  return isKnown(datum)
    ? operand(call.graph, datum, to, call.title)
    : imageFor(call, call.tensor(at));
}

/** FusedBatchNorm of a net that is used, with the statistics of its training from that place on. */
function normalised(call: NodeCall, input: Tensor, from: number): Tensor {
  const { graph, attributes, title } = call;
  const channels = (at: number): Float32Array => channelsOf(call.known(from + at), title);
  const [gamma, beta, mean, variance] = [channels(0), channels(1), channels(2), channels(3)];
  const epsilon = attributes.number('epsilon', 1e-4);
  return normaliseBatch(graph, input, { gamma, beta, mean, variance }, epsilon);
}

const batchNorm: NodeKind = (call) => {
  if (call.attributes.flag('is_training', true)) {
    throw unsupported(`${call.title} normalises as in training: freeze the net as it is used`);
  }
  return asCounted(call, normalised(call, imageFor(call), 1));
};

const pooling =
  (kind: PoolKind): NodeKind =>
  (call) => {
    const window = { ...stridesOf(call), size: sizeOfWindow(call) };
    return asCounted(call, pool(call.graph, imageFor(call), kind, window));
  };

/** Each value divided by what lies around it along the channels. */
const localResponse: NodeKind = (call) => {
  const { graph, attributes } = call;
  const input = call.tensor(0);
  if (input.shape.length !== 4) throw unsupported(`${call.title} is not applied to images`);
  const size = 2 * attributes.integer('depth_radius', 5) + 1;
  const node = graph.node('LRN', [planesOf(graph, input)], planesOf(graph, input).shape, {
    attributes: {
      size: { int: size },
      alpha: { float: attributes.number('alpha', 1) * size },
      beta: { float: attributes.number('beta', 0.5) },
      bias: { float: attributes.number('bias', 1) },
    },
  });
  return ofPlanes(node, input.shape);
};

/** Nodes that multiply with weights, normalise or pool. */
export const convolutionNodes: Readonly<Record<string, NodeKind>> = {
  Conv2D: counted(conv),
  DepthwiseConv2dNative: counted(depthwise),
  Conv2DBackpropInput: transposed,
  _FusedConv2D: fused(conv),
  FusedDepthwiseConv2dNative: fused(depthwise),
  _FusedDepthwiseConv2dNative: fused(depthwise),
  MatMul: matMul,
  BatchMatMulV2: matMul,
  _FusedMatMul: fused(matMul),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  MaxPool: pooling('Max'),
  AvgPool: pooling('Average'),
  LRN: localResponse,
};
