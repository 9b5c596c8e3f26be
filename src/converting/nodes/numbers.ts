import { sizeOf } from '../../tensor.ts';
import { emptyKnown, wholeNumber, type Known } from '../graphs/known.ts';
import { kindOfType } from '../graphs/read-constant.ts';
import { shown, unsupported } from '../refusals.ts';
import { ofPlanes, ofWritten, writtenOf } from '../tensors/tensor.ts';
import { isKnown, type NodeCall, type NodeKind } from './node-call.ts';
import { lengthsOfShape, shapeOf } from './shapes.ts';

/** Numbers as another type: images of whole numbers are floats here already. */
const cast: NodeKind = (call) => {
  const { attributes, title, graph } = call;
  const datum = call.input(0);
  const kind = kindOfType(attributes.type('DstT'));
  if (!kind) throw unsupported(`${title} makes ${shown(attributes.type('DstT'))} of numbers`);
  if (isKnown(datum)) return castKnown(call, datum, kind);
  if (kind === datum.kind) return datum;
  if (kind !== 'float') throw unsupported(`${title} makes whole numbers of values of images`);
  if (datum.kind === 'whole') return { ...datum, kind };
  const { planes } = datum.tensor;
  const value = planes ?? writtenOf(graph, datum.tensor);
  const floats = graph.node('Cast', [value], value.shape, { attributes: { to: { int: 1 } } });
  const { shape } = datum.tensor;
  return { ...datum, kind, tensor: planes ? ofPlanes(floats, shape) : ofWritten(floats) };
};

function castKnown({ title, allowance }: NodeCall, known: Known, kind: Known['kind']): Known {
  if (kind === known.kind) return known;
  if (known.kind === 'whole' && known.data.some(Number.isNaN)) {
    throw unsupported(`${title} computes with how many images there are`);
  }
  const out = emptyKnown(kind, known.shape, allowance);
  const convert = {
    float: Number,
    whole: Math.trunc,
    bool: (value: number) => Number(value !== 0),
  };
  for (const [at, value] of known.data.entries()) out.data[at] = convert[kind](value);
  return out;
}

const fill: NodeKind = (call) => {
  const shape = call.integers(0);
  const { kind, data } = call.known(1);
  if (!shape.every((length) => length >= 0)) {
    throw unsupported(`${call.title} makes as many numbers as there are images`);
  }
  const out = emptyKnown(kind, shape, call.allowance);
  out.data.fill(data[0] ?? 0);
  return out;
};

const range: NodeKind = (call) => {
  const [start = 0] = call.integers(0);
  const [limit = 0] = call.integers(1);
  const [step = 1] = call.integers(2);
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!Number.isSafeInteger(count)) throw unsupported(`${call.title} has no end`);
  const out = emptyKnown('whole', [count], call.allowance);
  out.data.forEach((_, at) => (out.data[at] = start + at * step));
  return out;
};

/** Nodes that make numbers, or another type of them. */
export const numberNodes: Readonly<Record<string, NodeKind>> = {
  Shape: (call) => lengthsOfShape(call.input(0)),
  Rank: (call) => wholeNumber(shapeOf(call.input(0)).length),
  Size: (call) => wholeNumber(sizeOf([...lengthsOfShape(call.input(0)).data])),
  Cast: cast,
  Fill: fill,
  Range: range,
};
