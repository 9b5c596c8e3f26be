/**
 * Half-precision numbers (IEEE 754 binary16) as their bits. Node has a type of them only from version 24 on, so they
 * are rounded and read here.
 */

/** From here on numbers are halves with a full mantissa: 2 to the power of -14. */
const LEAST_NORMAL = 0x38800000;
/** Half of the smallest half: what is no larger becomes zero. */
const LARGEST_ZERO = 0x33000000;
/** From half a step above the largest half, 65504, on numbers become infinite. */
const LEAST_INFINITE = 0x477ff000;
const INFINITE = 0x7f800000;

/** The bits of the nearest half of each number; of two as near the one whose last bit is 0, as IEEE 754 rounds. */
export function toHalfFloats(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let at = 0; at < bits.length; at += 1) halves[at] = halfOf(bits[at]!);
  return halves;
}

/** The numbers that halves are, exactly. */
export function fromHalfFloats(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let at = 0; at < halves.length; at += 1) values[at] = numberOf(halves[at]!);
  return values;
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > INFINITE) return sign | 0x7e00;
  if (size >= LEAST_INFINITE) return sign | 0x7c00;
  if (size >= LEAST_NORMAL) {
    // The exponent counts from 15 instead of 127, and 13 of the 23 bits behind it are rounded off.
    const shifted = size - 0x38000000;
    return sign | ((shifted + 0xfff + ((shifted >>> 13) & 1)) >>> 13);
  }
  if (size <= LARGEST_ZERO) return sign;
  const mantissa = (size & 0x7fffff) | 0x800000;
  const shift = 126 - (size >>> 23);
  const whole = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (whole + (rest > middle || (rest === middle && (whole & 1) === 1) ? 1 : 0));
}

function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
