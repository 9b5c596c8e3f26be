import type { Taps } from './interpolate-raster.ts';
import type { WeighingKernel } from './kernels.ts';

/**
 * TensorFlow's taps: half-pixel centres in 32-bit floats, and what lies beyond the edge has no weight; the others then
 * add up to one.
 */
export function tensorFlowTaps(from: number, to: number, kernel: WeighingKernel): Taps {
  const { radius, weight } = kernel;
  const count = radius * 2;
  const taps = emptyTaps(to, count);
  const scale = Math.fround(from / to);
  for (let at = 0; at < to; at += 1) {
    const position = Math.fround(Math.fround((at + 0.5) * scale) - 0.5);
    const first = Math.floor(position) - radius + 1;
    const start = at * count;
    let sum = 0;
    for (let k = 0; k < count; k += 1) {
      const index = first + k;
      const isInside = index >= 0 && index < from;
      const value = isInside ? weight(index - position) : 0;
      taps.indices[start + k] = clamp(index, from);
      taps.weights[start + k] = value;
      sum += value;
    }
    for (let k = start; k < start + count; k += 1) taps.weights[k] = taps.weights[k]! / sum;
  }
  return taps;
}

/** OpenCV's and PyTorch's taps: half-pixel centres in doubles, and the edge is repeated. */
export function repeatingTaps(from: number, to: number, kernel: WeighingKernel): Taps {
  const { radius, weight } = kernel;
  const count = radius * 2;
  const taps = emptyTaps(to, count);
  const scale = 1 / (to / from);
  for (let at = 0; at < to; at += 1) {
    const position = Math.fround((at + 0.5) * scale - 0.5);
    const first = Math.floor(position) - radius + 1;
    const start = at * count;
    for (let k = 0; k < count; k += 1) {
      taps.indices[start + k] = clamp(first + k, from);
      taps.weights[start + k] = weight(first + k - position);
    }
  }
  return taps;
}

/** The same with weights in whole numbers of so many parts, halves to even. */
export function inWholeParts(taps: Taps, parts: number): Taps {
  return { ...taps, weights: taps.weights.map((weight) => roundHalfToEven(weight * parts)) };
}

function emptyTaps(to: number, count: number): Taps {
  const length = to * count;
  return { count, indices: new Int32Array(length), weights: new Float32Array(length) };
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(index, 0), length - 1);
}

function roundHalfToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
