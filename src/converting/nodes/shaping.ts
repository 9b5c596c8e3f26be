import { ofPlanes, ofWritten, writtenOf } from '../tensors/tensor.ts';
import { concatenate, pad, transpose } from '../operations/shaping.ts';
import { resize, type Interpolation } from '../operations/resizing.ts';
import { emptyKnown, pickedKnown, type Known } from '../graphs/known.ts';
import { shown, shownShape, unsupported } from '../refusals.ts';
import { sizeOf } from '../../tensor.ts';
import { axesOf } from './axes.ts';
import { isKnown, type Computed, type Datum, type NodeCall, type NodeKind } from './node-call.ts';
import { weightsOf } from './operands.ts';
import { inShape, shapeOf, withTensor } from './shapes.ts';

const reshapeNode: NodeKind = (call) => inShape(call.graph, call.input(0), call.integers(1));

const expandDims: NodeKind = (call) => {
  const datum = call.input(0);
  const [axis = 0] = axesOf(call, call.integers(1), 0, 1);
  return inShape(call.graph, datum, withOpenFirst(datum).toSpliced(axis, 0, 1));
};

/** The shape with NaN for the images, which a shape of known numbers has no need of. */
const withOpenFirst = (datum: Datum): number[] =>
  shapeOf(datum).map((length) => (length < 0 ? NaN : length));

const squeeze: NodeKind = (call) => {
  const datum = call.input(0);
  const named = call.attributes.integers('squeeze_dims');
  const list = named.length > 0 ? named : call.attributes.integers('axis');
  const shape = withOpenFirst(datum);
  const ones = shape.flatMap((length, axis) => (length === 1 ? [axis] : []));
  const dropped = list.length > 0 ? axesOf(call, list) : ones;
  if (!dropped.every((axis) => shape[axis] === 1)) {
    throw unsupported(`${call.title} drops axes that are not of the length one`);
  }
  return inShape(
    call.graph,
    datum,
    shape.filter((_, axis) => !dropped.includes(axis)),
  );
};

const transposeNode: NodeKind = (call) => {
  const datum = call.input(0);
  const order = call.integers(1);
  if (isKnown(datum)) return transposedKnown(call, datum, order);
  const { tensor } = datum;
  const shape = order.map((axis) => tensor.shape[axis] ?? NaN);
  // Between images as they are written and as planes there is nothing to be done.
  if (order.join() === '0,3,1,2' && tensor.planes) {
    return withTensor(datum, ofWritten(tensor.planes, shape));
  }
  if (order.join() === '0,2,3,1' && tensor.shape.length === 4) {
    return withTensor(datum, ofPlanes(writtenOf(call.graph, tensor), shape));
  }
  return withTensor(datum, transpose(call.graph, tensor, order));
};

function transposedKnown({ title, allowance }: NodeCall, known: Known, order: number[]): Known {
  const { shape, data, kind } = known;
  const isOrder = order.toSorted((a, b) => a - b).every((axis, at) => axis === at);
  if (!isOrder || order.length !== shape.length) {
    throw unsupported(`${title} has an order of axes ${shownShape(order)}`);
  }
  const lengths = order.map((axis) => shape[axis]!);
  const out = emptyKnown(kind, lengths, allowance);
  const strides = order.map((axis) => sizeOf(shape.slice(axis + 1)));
  const after = lengths.map((_, axis) => sizeOf(lengths.slice(axis + 1)));
  for (let at = 0; at < data.length; at += 1) {
    let from = 0;
    for (const [axis, step] of strides.entries()) {
      from += (Math.floor(at / after[axis]!) % lengths[axis]!) * step;
    }
    out.data[at] = data[from]!;
  }
  return out;
}

/** Values one after the other: known ones as a list, others as a tensor. */
function joined(call: NodeCall, data: readonly Datum[], axis: number): Datum {
  if (data.every(isKnown)) return joinedKnown(call, data, axis);
  const [first] = data.filter((datum): datum is Computed => !isKnown(datum));
  const tensors = data.map((datum) => {
    if (!isKnown(datum)) return datum.tensor;
    throw unsupported(`${call.title} puts constants beside values of images`);
  });
  return withTensor(first!, concatenate(call.graph, tensors, axis));
}

function joinedKnown({ title, allowance }: NodeCall, all: readonly Known[], axis: number): Known {
  const [first] = all;
  if (!first) throw unsupported(`${title} puts nothing together`);
  const isAlike = all.every(
    ({ shape }) =>
      shape.length === first.shape.length &&
      shape.every((length, at) => at === axis || length === first.shape[at]),
  );
  if (!isAlike || axis >= first.shape.length) {
    throw unsupported(`${title} puts together what has shapes that do not fit`);
  }
  const along = all.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const out = emptyKnown(first.kind, first.shape.with(axis, along), allowance);
  const blocks = sizeOf(first.shape.slice(0, axis));
  let to = 0;
  for (let block = 0; block < blocks; block += 1) {
    for (const { data } of all) {
      const size = data.length / blocks;
      out.data.set(data.subarray(block * size, (block + 1) * size), to);
      to += size;
    }
  }
  return out;
}

const concat: NodeKind = (call) => {
  const [axis = 0] = axesOf(call, call.integers(call.count - 1));
  const data = Array.from({ length: call.count - 1 }, (_, at) => call.input(at));
  return joined(call, data, axis);
};

const pack: NodeKind = (call) => {
  const [axis = 0] = axesOf(call, [call.attributes.integer('axis', 0)], 0, 1);
  const data = Array.from({ length: call.count }, (_, at) => {
    const datum = call.input(at);
    return inShape(call.graph, datum, withOpenFirst(datum).toSpliced(axis, 0, 1));
  });
  return joined(call, data, axis);
};

const padding =
  (modeOf: (call: NodeCall) => 'constant' | 'reflect'): NodeKind =>
  (call) => {
    const list = call.integers(1);
    const input = call.tensor(0);
    const amounts = input.shape.map(
      (_, axis) => [list[2 * axis] ?? -1, list[2 * axis + 1] ?? -1] as const,
    );
    const isInReach = amounts.flat().every((amount) => amount >= 0 && amount <= 16_384);
    const [images] = amounts;
    if (!isInReach || list.length !== 2 * input.shape.length || images?.some((one) => one > 0)) {
      throw unsupported(`${call.title} pads by ${shownShape(list)}`);
    }
    const [fill = 0] = call.count > 2 ? weightsOf(call.known(2), call.title).data : [];
    return pad(call.graph, input, amounts, modeOf(call), fill);
  };

const mirrored = ({ attributes, title }: NodeCall): 'reflect' => {
  const mode = attributes.text('mode', 'REFLECT');
  if (mode === 'REFLECT') return 'reflect';
  throw unsupported(`${title} pads with ${shown(mode)}`);
};

const tile: NodeKind = (call) => {
  const times = call.integers(1);
  const datum = call.input(0);
  const shape = shapeOf(datum);
  if (times.length !== shape.length || times.some((count) => !(count >= 1 && count <= 1024))) {
    throw unsupported(`${call.title} repeats by ${shownShape(times)}`);
  }
  if (isKnown(datum)) {
    const places = shape.map((length, axis) =>
      Array.from({ length: length * times[axis]! }, (_, at) => at % length),
    );
    return pickedKnown(datum, places, call.allowance);
  }
  const repeated = times.reduce<Datum>((result, count, axis) => {
    if (count === 1) return result;
    axesOf(call, [axis]);
    return joined(
      call,
      Array.from({ length: count }, () => result),
      axis,
    );
  }, datum);
  return repeated;
};

const resizing =
  (interpolation: Interpolation): NodeKind =>
  (call) => {
    const datum = call.input(0);
    if (isKnown(datum)) throw unsupported(`${call.title} resizes a constant`);
    const [tall, wide, ...others] = call.integers(1);
    const isSize = [tall, wide].every((one) => one !== undefined && one >= 1 && one <= 16_384);
    if (!isSize || others.length > 0) throw unsupported(`${call.title} resizes to no size`);
    const isByCorners = call.attributes.flag('align_corners', false);
    const isByCentres = call.attributes.flag('half_pixel_centers', false);
    const grid = isByCorners ? 'align_corners' : isByCentres ? 'half_pixel' : 'asymmetric';
    const tensor = resize(call.graph, datum.tensor, [tall!, wide!], interpolation, grid);
    return { ...datum, tensor, kind: interpolation === 'bilinear' ? 'float' : datum.kind };
  };

/** Nodes that leave numbers as they are and place them otherwise. */
export const shapingNodes: Readonly<Record<string, NodeKind>> = {
  Reshape: reshapeNode,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Transpose: transposeNode,
  ConcatV2: concat,
  Pack: pack,
  Pad: padding(() => 'constant'),
  PadV2: padding(() => 'constant'),
  MirrorPad: padding(mirrored),
  Tile: tile,
  ResizeBilinear: resizing('bilinear'),
  ResizeNearestNeighbor: resizing('nearest'),
};
