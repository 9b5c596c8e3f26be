import { pickedKnown } from '../graphs/known.ts';
import { slice, type Piece } from '../operations/shaping.ts';
import { shownShape, unsupported } from '../refusals.ts';
import { anyForm, planesShape, type Tensor } from '../tensors/tensor.ts';
import { axesOf } from './axes.ts';
import { isKnown, type Datum, type NodeCall, type NodeKind } from './node-call.ts';
import { inShape, shapeOf, withTensor } from './shapes.ts';

/** Pieces of a value, known or computed. */
function cut(call: NodeCall, datum: Datum, pieces: readonly Piece[]): Datum {
  if (!isKnown(datum)) return withTensor(datum, slice(call.graph, datum.tensor, pieces));
  const places = datum.shape.map((_, axis) => {
    const piece = pieces.find((one) => one.axis === axis);
    return piece && listOf(piece, call.title);
  });
  return pickedKnown(datum, places, call.allowance);
}

function listOf({ start, count, step }: Piece, title: string): number[] {
  if (!(count >= 0 && count <= 1e8)) throw unsupported(`${title} takes a piece of no length`);
  return Array.from({ length: count }, (_, at) => start + at * step);
}

const sliceNode: NodeKind = (call) => {
  const datum = call.input(0);
  const shape = shapeOf(datum);
  const [begin, size] = [call.integers(1), call.integers(2)];
  const pieces = shape.flatMap((length, axis): Piece[] => {
    const [start = 0, wanted = -1] = [begin[axis], size[axis]];
    if (length < 0) {
      if (start === 0 && !(wanted >= 0)) return [];
      throw unsupported(`${call.title} takes some images only`);
    }
    return [{ axis, start, count: wanted === -1 ? length - start : wanted, step: 1 }];
  });
  return cut(call, datum, pieces);
};

/** Which part of the axes of a value one item of `x[1:-1, ..., ::2, 0]` is about. */
interface Item {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
  readonly drops: boolean;
}

const stridedSlice: NodeKind = (call) => {
  const datum = call.input(0);
  const shape = shapeOf(datum);
  const items = itemsOf(call, shape.length);
  const pieces: Piece[] = [];
  const lengths: number[] = [];
  let axis = 0;
  for (const item of items) {
    if (item === 'new') {
      lengths.push(1);
      continue;
    }
    const length = shape[axis]!;
    const piece = pieceOf(call, item, axis, length);
    if (piece) pieces.push(piece);
    if (!item.drops) lengths.push(piece ? piece.count : length < 0 ? NaN : length);
    axis += 1;
  }
  return inShape(call.graph, cut(call, datum, pieces), lengths);
};

function itemsOf(call: NodeCall, rank: number): (Item | 'new')[] {
  const { attributes, title } = call;
  const [begin, end, strides] = [call.integers(1), call.integers(2), call.integers(3)];
  const isSet = (mask: string, at: number): boolean =>
    Math.floor(attributes.integer(mask, 0) / 2 ** at) % 2 === 1;
  const whole: Item = { start: undefined, stop: undefined, step: 1, drops: false };
  const count = begin.length;
  if (count > 16 || end.length !== count || strides.length !== count) {
    throw unsupported(`${title} has no bounds for each axis`);
  }
  const all = begin.map((_, at) => at);
  const isNew = (at: number): boolean => isSet('new_axis_mask', at) && !isSet('ellipsis_mask', at);
  const isGap = (at: number): boolean => isSet('ellipsis_mask', at);
  const named = all.filter((at) => !isNew(at) && !isGap(at)).length;
  const gap = Array.from({ length: Math.max(0, rank - named) }, () => whole);
  const items = all.flatMap((at): (Item | 'new')[] => {
    if (isGap(at)) return gap;
    if (isNew(at)) return ['new'];
    const drops = isSet('shrink_axis_mask', at);
    return [
      {
        start: isSet('begin_mask', at) && !drops ? undefined : begin[at],
        stop: isSet('end_mask', at) ? undefined : end[at],
        step: drops ? 1 : strides[at]!,
        drops,
      },
    ];
  });
  if (named > rank) throw unsupported(`${title} has more bounds than axes`);
  return all.some(isGap) ? items : [...items, ...gap];
}

/** The piece that an item takes of an axis; undefined for all of it. */
function pieceOf(
  { title }: NodeCall,
  { start, stop, step, drops }: Item,
  axis: number,
  length: number,
): Piece | undefined {
  if (length < 0) {
    const isWhole = !drops && step === 1 && !start && (stop === undefined || Number.isNaN(stop));
    if (isWhole) return undefined;
    throw unsupported(`${title} takes some images only`);
  }
  if (step === 0) throw unsupported(`${title} has a step of zero`);
  if (drops) {
    const at = start ?? 0;
    return { axis, start: at < 0 ? at + length : at, count: 1, step: 1 };
  }
  const within = (bound: number): number =>
    Math.min(
      Math.max(bound < 0 ? bound + length : bound, step < 0 ? -1 : 0),
      step < 0 ? length - 1 : length,
    );
  const from = start === undefined ? (step < 0 ? length - 1 : 0) : within(start);
  const to = stop === undefined ? (step < 0 ? -1 : length) : within(stop);
  return { axis, start: from, count: Math.max(0, Math.ceil((to - from) / step)), step };
}

/** Pieces of these lengths, one after the other along an axis. */
function parts(call: NodeCall, at: number, axis: number, sizes: readonly number[]): Datum[] {
  const datum = call.input(at);
  const length = shapeOf(datum)[axis]!;
  if (sizes.reduce((sum, size) => sum + size, 0) !== length || sizes.some((size) => size < 1)) {
    throw unsupported(`${call.title} splits ${length} values into ${shownShape(sizes)}`);
  }
  let start = 0;
  return sizes.map((count) => {
    start += count;
    return cut(call, datum, [{ axis, start: start - count, count, step: 1 }]);
  });
}

/** More outputs than a node of a net for images has. */
const mostParts = 1024;

function countOf({ attributes, title }: NodeCall, name: string): number {
  const count = attributes.integer(name, 1);
  if (count >= 1 && count <= mostParts) return count;
  throw unsupported(`${title} has ${count} outputs`);
}

const split: NodeKind = (call) => {
  const [axis = 0] = axesOf(call, call.integers(0), 1);
  const count = countOf(call, 'num_split');
  const size = shapeOf(call.input(1))[axis]! / count;
  return parts(
    call,
    1,
    axis,
    Array.from({ length: count }, () => size),
  );
};

const splitV: NodeKind = (call) => {
  const [axis = 0] = axesOf(call, call.integers(2));
  const length = shapeOf(call.input(0))[axis]!;
  const sizes = call.integers(1);
  const known = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return parts(
    call,
    0,
    axis,
    sizes.map((size) => (size === -1 ? length - known : size)),
  );
};

const unpack: NodeKind = (call) => {
  const [axis = 0] = axesOf(call, [call.attributes.integer('axis', 0)]);
  const sizes = Array.from({ length: countOf(call, 'num') }, () => 1);
  return parts(call, 0, axis, sizes).map((part) => {
    const shape = shapeOf(part).map((length) => (length < 0 ? NaN : length));
    return inShape(call.graph, part, shape.toSpliced(axis, 1));
  });
};

const reverse: NodeKind = (call) => {
  const datum = call.input(0);
  const pieces = axesOf(call, call.integers(1)).map((axis): Piece => {
    const count = shapeOf(datum)[axis]!;
    return { axis, start: count - 1, count, step: -1 };
  });
  return cut(call, datum, pieces);
};

/** Values by their places along an axis; a single place leaves no axis. */
const gather: NodeKind = (call) => {
  const datum = call.input(0);
  const shape = shapeOf(datum);
  const { data, shape: listShape } = call.known(1);
  const [axis = 0] = axesOf(call, call.count > 2 ? call.integers(2) : [0]);
  const length = shape[axis]!;
  const places = [...data].map((place) => (place < 0 ? place + length : place));
  const isWithin = places.every((place) => Number.isInteger(place) && place >= 0 && place < length);
  if (!isWithin || listShape.length > 1 || call.attributes.integer('batch_dims', 0) !== 0) {
    throw unsupported(`${call.title} gathers what is not there`);
  }
  const taken = isKnown(datum)
    ? pickedKnown(
        datum,
        shape.map((_, at) => (at === axis ? places : undefined)),
        call.allowance,
      )
    : withTensor(datum, gathered(call, datum.tensor, axis, places));
  if (listShape.length === 1) return taken;
  const left = shape.toSpliced(axis, 1).map((one) => (one < 0 ? NaN : one));
  return inShape(call.graph, taken, left);
};

function gathered({ graph }: NodeCall, tensor: Tensor, axis: number, places: number[]): Tensor {
  const shape = tensor.shape.with(axis, places.length);
  const { value } = anyForm(tensor);
  const isPlanes = value === tensor.planes;
  const along = isPlanes ? [0, 2, 3, 1][axis]! : axis;
  const node = graph.node(
    'Gather',
    [value, graph.integers(places)],
    isPlanes ? planesShape(shape) : shape,
    { attributes: { axis: { int: along } } },
  );
  return isPlanes
    ? { shape, written: undefined, planes: node }
    : { shape, written: node, planes: undefined };
}

/** Nodes that take parts of values. */
export const slicingNodes: Readonly<Record<string, NodeKind>> = {
  Slice: sliceNode,
  StridedSlice: stridedSlice,
  Split: split,
  SplitV: splitV,
  Unpack: unpack,
  ReverseV2: reverse,
  Gather: gather,
  GatherV2: gather,
};
