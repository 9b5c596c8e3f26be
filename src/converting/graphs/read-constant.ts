import { endianness } from 'node:os';
import { sizeOf } from '../../tensor.ts';
import { halfToFloat } from '../containers/half.ts';
import { shown, shownShape, unreadable, unsupported } from '../refusals.ts';
import type { ShapeProto, TensorProto } from './graph-node.ts';
import { emptyKnown, type Allowance, type Known, type NumberKind } from './known.ts';

interface NumberType {
  readonly kind: NumberKind;
  /** How many bytes a number takes. */
  readonly width: number;
  readonly read: (view: DataView, at: number) => number;
  /** Where the list of its numbers is, when they are not bytes. */
  readonly list: (tensor: TensorProto) => readonly (number | boolean)[] | undefined;
}

const bfloat16 = (bits: number): number =>
  new DataView(Uint8Array.of(bits >> 8, bits & 255, 0, 0).buffer).getFloat32(0);

/** Types of numbers by their names in TensorFlow. */
const numberTypes: Readonly<Record<string, NumberType>> = {
  DT_FLOAT: float(4, (view, at) => view.getFloat32(at, true), 'floatVal'),
  DT_DOUBLE: float(8, (view, at) => view.getFloat64(at, true), 'doubleVal'),
  DT_HALF: {
    ...float(2, (view, at) => halfToFloat(view.getUint16(at, true)), 'floatVal'),
    list: ({ halfVal }) => halfVal?.map(halfToFloat),
  },
  DT_BFLOAT16: {
    ...float(2, (view, at) => bfloat16(view.getUint16(at, true)), 'floatVal'),
    list: ({ halfVal }) => halfVal?.map(bfloat16),
  },
  DT_INT32: whole(4, (view, at) => view.getInt32(at, true)),
  DT_INT16: whole(2, (view, at) => view.getInt16(at, true)),
  DT_INT8: whole(1, (view, at) => view.getInt8(at)),
  DT_UINT8: whole(1, (view, at) => view.getUint8(at)),
  DT_UINT16: whole(2, (view, at) => view.getUint16(at, true)),
  DT_UINT32: whole(4, (view, at) => view.getUint32(at, true), 'uint32Val'),
  DT_INT64: whole(8, (view, at) => Number(view.getBigInt64(at, true)), 'int64Val'),
  DT_UINT64: whole(8, (view, at) => Number(view.getBigUint64(at, true)), 'uint64Val'),
  DT_BOOL: { ...whole(1, (view, at) => view.getUint8(at), 'boolVal'), kind: 'bool' },
};

type ListField = Exclude<keyof TensorProto, 'dtype' | 'tensorShape' | 'tensorContent'>;

function float(width: number, read: NumberType['read'], list: ListField): NumberType {
  return { kind: 'float', width, read, list: (tensor) => tensor[list] };
}

function whole(width: number, read: NumberType['read'], list: ListField = 'intVal'): NumberType {
  return { kind: 'whole', width, read, list: (tensor) => tensor[list] };
}

/** What numbers of a type are; undefined for texts, resources and what is not known. */
export function kindOfType(dtype: string | number | undefined): NumberKind | undefined {
  const name = String(dtype);
  return Object.hasOwn(numberTypes, name) ? numberTypes[name]!.kind : undefined;
}

/** The lengths of a shape, null where one is open; undefined where not even their number is known. */
export function lengthsOf(shape: ShapeProto | undefined): (number | null)[] | undefined {
  if (!shape || shape.unknownRank) return undefined;
  return (shape.dim ?? []).map(({ size = 0 }) => (size < 0 ? null : size));
}

/** The numbers of a constant. A list that is shorter than the shape goes on with its last number. */
export function readConstant(tensor: TensorProto, title: string, allowance: Allowance): Known {
  const type = String(tensor.dtype);
  if (kindOfType(type) === undefined) throw unsupported(`${title} is of ${shown(type)}`);
  const { kind, width, read, list } = numberTypes[type]!;
  const shape = lengthsOf(tensor.tensorShape ?? {})?.map((length) => length ?? -1);
  if (!shape?.every((length) => length >= 0)) throw unreadable(`${title} has no shape`);
  const size = sizeOf(shape);
  const known = emptyKnown(kind, shape, allowance);
  const bytes = tensor.tensorContent ?? new Uint8Array();
  if (bytes.length > 0) {
    if (bytes.length !== size * width) {
      throw unreadable(`${title} has ${bytes.length} bytes for the shape ${shownShape(shape)}`);
    }
    fillFrom(known, bytes, type, width, read);
    return known;
  }
  const values = list(tensor) ?? [];
  if (values.length > size) {
    throw unreadable(`${title} has ${values.length} values for the shape ${shownShape(shape)}`);
  }
  for (let at = 0; at < size; at += 1) known.data[at] = Number(values[at] ?? values.at(-1) ?? 0);
  return known;
}

function fillFrom(
  { data }: Known,
  bytes: Uint8Array,
  type: string,
  width: number,
  read: NumberType['read'],
): void {
  if (type === 'DT_FLOAT' && endianness() === 'LE') {
    new Uint8Array(data.buffer).set(bytes);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < data.length; at += 1) data[at] = read(view, at * width);
}
