import { errors } from '../../../errors.ts';
import { NumberList } from '../../../json.ts';

/** A kind of number that tensors hold, as bytes (little-endian, in rows) and as JSON. */
export interface Datatype {
  /** Of one element. */
  readonly bytes: number;
  /** The numbers of a tensor that fills these bytes, which begin where any number may; a view of them where they are such numbers. */
  read(bytes: Uint8Array): Float32Array;
  /** Whole numbers from `least` to `most`; without it any number. */
  readonly range?: { readonly least: number; readonly most: number };
}

const whole = (least: number, most: number) => ({ range: { least, most } });

/** The datatypes of the protocol that are numbers; BYTES is the other one. */
export const datatypes: Readonly<Record<string, Datatype>> = {
  BOOL: { bytes: 1, read: readBooleans, ...whole(0, 1) },
  UINT8: { bytes: 1, read: (bytes) => new Float32Array(bytes), ...whole(0, 255) },
  UINT16: {
    bytes: 2,
    read: (bytes) => new Float32Array(viewOf(Uint16Array, bytes)),
    ...whole(0, 2 ** 16 - 1),
  },
  UINT32: {
    bytes: 4,
    read: (bytes) => new Float32Array(viewOf(Uint32Array, bytes)),
    ...whole(0, 2 ** 32 - 1),
  },
  // JSON has no exact numbers of 64 bits, and no image needs them: they are rounded as every large one is.
  UINT64: {
    bytes: 8,
    read: (bytes) => rounded(viewOf(BigUint64Array, bytes)),
    ...whole(0, 2 ** 64),
  },
  INT8: {
    bytes: 1,
    read: (bytes) => new Float32Array(viewOf(Int8Array, bytes)),
    ...whole(-128, 127),
  },
  INT16: {
    bytes: 2,
    read: (bytes) => new Float32Array(viewOf(Int16Array, bytes)),
    ...whole(-(2 ** 15), 2 ** 15 - 1),
  },
  INT32: {
    bytes: 4,
    read: (bytes) => new Float32Array(viewOf(Int32Array, bytes)),
    ...whole(-(2 ** 31), 2 ** 31 - 1),
  },
  INT64: {
    bytes: 8,
    read: (bytes) => rounded(viewOf(BigInt64Array, bytes)),
    ...whole(-(2 ** 63), 2 ** 63),
  },
  FP16: { bytes: 2, read: readHalves },
  FP32: { bytes: 4, read: (bytes) => viewOf(Float32Array, bytes) },
  FP64: { bytes: 8, read: (bytes) => new Float32Array(viewOf(Float64Array, bytes)) },
};

/** The numbers of a nested or flat list, of which there must be `count`. GLIMPSE_BAD_REQUEST for any other list. */
export function numbersOf(list: unknown, datatype: string, count: number): Float32Array {
  const { range } = datatypes[datatype]!;
  if (list instanceof NumberList && list.values.length === count && isOf(list, range)) {
    return list.values;
  }
  // First counted, then taken: what a shape claims beyond its list takes no memory.
  const found = visit(list, () => {});
  if (found !== count) {
    throw new errors.GLIMPSE_BAD_REQUEST(
      `a tensor holds ${found} elements; its shape says ${count}.`,
    );
  }
  const numbers = new Float32Array(count);
  visit(list, (value, at) => {
    const number = typeof value === 'boolean' && datatype === 'BOOL' ? Number(value) : value;
    if (typeof number !== 'number') throw badValue(datatype, value);
    const fits =
      !range || (Number.isInteger(number) && number >= range.least && number <= range.most);
    if (!fits) throw badValue(datatype, value);
    numbers[at] = number;
  });
  return numbers;
}

/** Whether all of it is certain to be of a datatype. */
function isOf(list: NumberList, range: Datatype['range']): boolean {
  return !range || (list.areWhole && list.isWithin(range.least, range.most));
}

/** As deep as any shape is nested. */
const mostLevels = 8;

/** Calls `take` for each element of a list, however it is nested, with its place; how many there were. */
export function visit(list: unknown, take: (value: unknown, at: number) => void): number {
  const items = listOf(list);
  if (!items) throw new errors.GLIMPSE_BAD_REQUEST('"data" must be a list.');
  return visitFrom(items, 0, take, 0);
}

function visitFrom(
  list: readonly unknown[],
  from: number,
  take: (value: unknown, at: number) => void,
  level: number,
): number {
  if (level === mostLevels) {
    throw new errors.GLIMPSE_BAD_REQUEST(`"data" is nested deeper than ${mostLevels} lists.`);
  }
  let at = from;
  for (const each of list) {
    const inner = listOf(each);
    if (inner) at = visitFrom(inner, at, take, level + 1);
    else {
      take(each, at);
      at += 1;
    }
  }
  return at;
}

/** What JSON.parse gives for a list. */
function listOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof NumberList) return value.plain();
  return Array.isArray(value) ? value : undefined;
}

function badValue(datatype: string, value: unknown): Error {
  // What is no plain value may be nested deeper than can be written down.
  const isNested = typeof value === 'object' && value !== null;
  const shown = isNested ? 'an object or a list' : JSON.stringify(value).slice(0, 40);
  return new errors.GLIMPSE_BAD_REQUEST(`${shown} is no ${datatype}.`);
}

function viewOf<View>(
  View: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, offset: number, length: number): View;
  },
  { buffer, byteOffset, byteLength }: Uint8Array,
): View {
  return new View(buffer, byteOffset, byteLength / View.BYTES_PER_ELEMENT);
}

function readBooleans(given: Uint8Array): Float32Array {
  if (given.some((one) => one > 1)) {
    throw new errors.GLIMPSE_BAD_REQUEST('a BOOL is a byte of 0 or 1.');
  }
  return new Float32Array(given);
}

function rounded(given: BigInt64Array | BigUint64Array): Float32Array {
  const numbers = new Float32Array(given.length);
  for (let at = 0; at < given.length; at += 1) numbers[at] = Number(given[at]);
  return numbers;
}

let halves: Float32Array | undefined;

function readHalves(bytes: Uint8Array): Float32Array {
  // There are no more of them than fit into a table, which is quicker than to work each of them out.
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfOf(bits));
  const given = viewOf(Uint16Array, bytes);
  const numbers = new Float32Array(given.length);
  for (let at = 0; at < given.length; at += 1) numbers[at] = halves[given[at]!]!;
  return numbers;
}

/** A number of IEEE 754 in 16 bits. */
function halfOf(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
