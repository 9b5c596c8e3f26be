import type { Field } from '../onnx-fields.ts';

/** Whole numbers as protobuf writes them, read and written, and messages put together from their fields. */

/** The whole numbers of a field of a repeated int64: one, or a packed list of them. */
export function integersOf({ value, bytes }: Field): bigint[] {
  const packed = typeof value === 'number' ? bytes.subarray(lengthOfVarint(bytes)) : value;
  const found: bigint[] = [];
  let [sum, shift] = [0n, 0n];
  for (const byte of packed) {
    sum |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    found.push(BigInt.asIntN(64, sum));
    [sum, shift] = [0n, 0n];
  }
  return found;
}

const lengthOfVarint = (bytes: Uint8Array): number => bytes.findIndex((byte) => byte < 128) + 1;

/** A field that is a whole number. */
export function integerField(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varintOf(number * 8), ...varintOf(value)]);
}

/** A field that is a text, a message or other bytes. */
export function bytesField(number: number, value: string | readonly Uint8Array[]): Uint8Array {
  const parts = typeof value === 'string' ? [Buffer.from(value)] : value;
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const head = Uint8Array.from([...varintOf(number * 8 + 2), ...varintOf(size)]);
  return Buffer.concat([head, ...parts]);
}

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
