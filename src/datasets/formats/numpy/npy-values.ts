import { toNumbers } from '../tables/numbers.ts';
import type { NpyHeader } from './npy-header.ts';

type ValueType = Pick<NpyHeader, 'kind' | 'bytes' | 'isBigEndian'>;

/** The numbers that some bytes of an array mean; bytes themselves where they are uint8 or bool. */
export function numbersIn(bytes: Buffer, type: ValueType): ArrayLike<number> {
  if (type.bytes === 1 && type.kind !== 'i') return bytes;
  // A copy, since a view must begin at a multiple of the size of its values.
  const { buffer } = inOwnOrder(Uint8Array.from(bytes), type);
  switch (`${type.kind}${type.bytes}`) {
    case 'i1':
      return new Int8Array(buffer);
    case 'i2':
      return new Int16Array(buffer);
    case 'u2':
      return new Uint16Array(buffer);
    case 'i4':
      return new Int32Array(buffer);
    case 'u4':
      return new Uint32Array(buffer);
    case 'i8':
      return toNumbers(new BigInt64Array(buffer));
    case 'u8':
      return toNumbers(Array.from(new BigUint64Array(buffer)));
    case 'f2':
      return Float64Array.from(new Uint16Array(buffer), halfOf);
    case 'f4':
      return new Float32Array(buffer);
    default:
      return new Float64Array(buffer);
  }
}

/** The label that the bytes of one value mean; undefined for text that is none. */
export function labelIn(bytes: Buffer, type: ValueType): unknown {
  if (type.kind === 'b') return bytes[0] !== 0;
  if (type.kind === 'S') return withoutEnd(bytes.toString('utf8'));
  if (type.kind !== 'U') return numbersIn(bytes, type)[0];
  const points = new Uint32Array(inOwnOrder(Uint8Array.from(bytes), { ...type, bytes: 4 }).buffer);
  // No text has code points beyond this.
  if (points.some((point) => point > 0x10ffff)) return undefined;
  return withoutEnd(String.fromCodePoint(...points));
}

/** Text in arrays is filled up with NUL characters. */
function withoutEnd(text: string): string {
  const end = /\0+$/.exec(text);
  return end ? text.slice(0, end.index) : text;
}

/** Values in the order of this machine, which is little-endian as all that Node runs on here. */
function inOwnOrder(
  copy: Uint8Array<ArrayBuffer>,
  { bytes, isBigEndian }: ValueType,
): Uint8Array<ArrayBuffer> {
  if (!isBigEndian) return copy;
  for (let at = 0; at < copy.length; at += bytes) copy.subarray(at, at + bytes).reverse();
  return copy;
}

/** A number of 16 bits: one of sign, five of exponent, ten of fraction. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
