import { unreadable, unsupported } from '../../refusals.ts';
import { halfToFloat } from '../half.ts';
import { type FileBytes } from './file-bytes.ts';

/** What the elements of a dataset or attribute are. */
export type Datatype =
  | { readonly kind: 'float' | 'integer'; readonly size: number; readonly isSigned: boolean }
  | { readonly kind: 'text'; readonly size: number }
  | { readonly kind: 'variable text'; readonly size: number };

const classes = { integer: 0, float: 1, text: 3, variable: 9 } as const;

/** A datatype message. */
export function readDatatype(body: FileBytes, at = 0): Datatype {
  const kind = body.u8(at) & 15;
  const size = body.u32(at + 4);
  const flags = body.u8(at + 1);
  if (kind === classes.text) return { kind: 'text', size };
  // The low four bits of a variable length say whether it is a list (0) or a text (1).
  if (kind === classes.variable && (flags & 15) === 1) return { kind: 'variable text', size };
  const isNumber = kind === classes.float || kind === classes.integer;
  if (!isNumber) {
    throw unsupported('the HDF5 file holds values that are neither numbers nor texts');
  }
  if ((flags & 1) !== 0) throw unsupported('the HDF5 file holds big-endian numbers');
  const isSigned = (flags & 8) !== 0;
  return { kind: kind === classes.float ? 'float' : 'integer', size, isSigned };
}

/** A dataspace message: the lengths of the axes; none for a single value. */
export function readDataspace(body: FileBytes, at = 0): number[] {
  const version = body.u8(at);
  if (version !== 1 && version !== 2) throw unreadable('HDF5: a dataspace of no known version');
  const rank = body.u8(at + 1);
  if (rank > 32) throw unreadable('HDF5: an array has more than 32 axes');
  // The second version has a type: 2 is for nothing at all.
  if (version === 2 && body.u8(at + 3) === 2) return [0];
  const first = at + (version === 1 ? 8 : 4);
  return Array.from({ length: rank }, (_, axis) => body.length(first + 8 * axis));
}

/** Numbers as they lie in the file as floats; a view where they are floats and lie well. */
export function toFloats(bytes: Uint8Array, type: Datatype): Float32Array {
  const { kind, size } = type;
  const count = Math.floor(bytes.length / size);
  const key = `${kind}${8 * size}`;
  if (key === 'float32') {
    if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
    return new Float32Array(new Uint8Array(bytes).buffer);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = readers(view, type)[key];
  if (!reader) throw unsupported(`the HDF5 file holds numbers of ${size} bytes`);
  return Float32Array.from({ length: count }, (_, i) => reader(size * i));
}

function readers(view: DataView, type: Datatype): Record<string, (at: number) => number> {
  const isSigned = 'isSigned' in type && type.isSigned;
  return {
    float16: (at) => halfToFloat(view.getUint16(at, true)),
    float64: (at) => view.getFloat64(at, true),
    integer8: (at) => (isSigned ? view.getInt8(at) : view.getUint8(at)),
    integer16: (at) => (isSigned ? view.getInt16(at, true) : view.getUint16(at, true)),
    integer32: (at) => (isSigned ? view.getInt32(at, true) : view.getUint32(at, true)),
    integer64: (at) => Number(view.getBigInt64(at, true)),
  };
}
