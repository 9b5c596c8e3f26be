import { poolGlobally } from '../operations/pooling.ts';
import { reduce } from '../operations/shaping.ts';
import { shownShape, unsupported } from '../refusals.ts';
import { ofPlanes, planesOf, planesShape } from '../tensors/tensor.ts';
import { axesOf } from './axes.ts';
import { asCounted, imageFor } from './image-form.ts';
import { mapKnown, reduceKnown } from './known-arithmetic.ts';
import { isKnown, type NodeKind } from './node-call.ts';
import { shapeOf } from './shapes.ts';

type ReduceKind = 'Mean' | 'Sum' | 'Max' | 'Min' | 'Prod';

const folds: Readonly<Record<ReduceKind, readonly [number, (a: number, b: number) => number]>> = {
  Mean: [0, (a, b) => a + b],
  Sum: [0, (a, b) => a + b],
  Max: [-Infinity, Math.max],
  Min: [Infinity, Math.min],
  Prod: [1, (a, b) => a * b],
};

const reducing =
  (kind: ReduceKind): NodeKind =>
  (call) => {
    const { graph, attributes, allowance } = call;
    const datum = call.input(0);
    const axes = axesOf(call, call.integers(1));
    const keepsAxes = attributes.flag('keep_dims', attributes.flag('keepdims', false));
    if (isKnown(datum)) {
      const [start, fold] = folds[kind];
      const out = reduceKnown(datum, axes, keepsAxes, start, fold, allowance);
      if (kind !== 'Mean') return out;
      const count = datum.data.length / out.data.length;
      return mapKnown(out, (sum) => sum / count, allowance);
    }
    const input = call.tensor(0);
    if (axes.length === 0) return datum;
    const isGlobal = shapeOf(datum).length === 4 && axes.toSorted((a, b) => a - b).join() === '1,2';
    if (isGlobal && kind === 'Mean') return poolGlobally(graph, input, 'Average', keepsAxes);
    if (isGlobal && kind === 'Max') return poolGlobally(graph, input, 'Max', keepsAxes);
    return reduce(graph, input, kind, axes, keepsAxes);
  };

/** Blocks of pixels as channels, and back. */
const rearranging =
  (op: 'DepthToSpace' | 'SpaceToDepth'): NodeKind =>
  (call) => {
    const { graph, attributes, title } = call;
    const input = imageFor(call);
    const size = attributes.integer('block_size', 0);
    const [count = -1, height = 0, width = 0, channels = 0] = input.shape;
    const isSpace = op === 'DepthToSpace';
    const shape = isSpace
      ? [count, height * size, width * size, channels / size ** 2]
      : [count, height / size, width / size, channels * size ** 2];
    const isWhole = size > 1 && input.shape.length === 4 && shape.every(Number.isInteger);
    if (!isWhole) {
      throw unsupported(`${title} makes blocks of ${size} of ${shownShape(input.shape.slice(1))}`);
    }
    const value = graph.node(op, [planesOf(graph, input)], planesShape(shape), {
      attributes: { blocksize: { int: size }, ...(isSpace && { mode: { string: 'DCR' } }) },
    });
    return asCounted(call, ofPlanes(value, shape));
  };

/** Nodes that sum values up, and those that change pixels for channels. */
export const reductionNodes: Readonly<Record<string, NodeKind>> = {
  Mean: reducing('Mean'),
  Sum: reducing('Sum'),
  Max: reducing('Max'),
  Min: reducing('Min'),
  Prod: reducing('Prod'),
  DepthToSpace: rearranging('DepthToSpace'),
  SpaceToDepth: rearranging('SpaceToDepth'),
};
