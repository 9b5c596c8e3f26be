import type { Raster } from '../raster.ts';

/**
 * Resampling without antialiasing: as many pixels of the source as the kernel is wide count, and those between them,
 * when an image shrinks, are not looked at. That is what OpenCV, tf.image and Keras' layers do.
 */

/** For each pixel of a line of the target: `count` pixels of the source and their weights, one after the other. */
export interface Taps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/** Makes one line of the target from lines that were interpolated along the other axis. */
export type Blend = (
  lines: readonly Float32Array[],
  weights: Float32Array,
  start: number,
  into: Uint8ClampedArray,
  to: number,
) => void;

/** Each axis by its taps; a line of the source is interpolated when one of the target first needs it. */
export function interpolateRaster(raster: Raster, across: Taps, down: Taps, blend: Blend): Raster {
  const { channels } = raster;
  const width = across.indices.length / across.count;
  const height = down.indices.length / down.count;
  const line = width * channels;
  const data = new Uint8Array(line * height);
  // Bytes that round halves to even and stop at 0 and 255 when they are written.
  const clamped = new Uint8ClampedArray(data.buffer);
  const kept = keptLines(raster, across, line, down.count);
  const lines: Float32Array[] = [];
  for (let y = 0; y < height; y += 1) {
    const start = y * down.count;
    for (let k = 0; k < down.count; k += 1) lines[k] = kept(down.indices[start + k]!);
    blend(lines, down.weights, start, clamped, y * line);
  }
  return { width, height, channels, data };
}

/** Lines by their number; neighbours in the target mostly need the same ones. */
function keptLines(
  raster: Raster,
  across: Taps,
  length: number,
  count: number,
): (y: number) => Float32Array {
  const lines = Array.from({ length: count }, () => new Float32Array(length));
  const numbers = new Int32Array(count).fill(-1);
  return (y) => {
    // The lines that a target's line needs are neighbours: no two of them have the same place.
    const place = y % count;
    const line = lines[place]!;
    if (numbers[place] === y) return line;
    numbers[place] = y;
    interpolateLine(raster, y, across, line);
    return line;
  };
}

function interpolateLine(raster: Raster, y: number, taps: Taps, into: Float32Array): void {
  if (raster.channels === 1) interpolateGreyLine(raster, y, taps, into);
  else interpolateColourLine(raster, y, taps, into);
}

function interpolateGreyLine(
  { data, width }: Raster,
  y: number,
  { count, indices, weights }: Taps,
  into: Float32Array,
): void {
  const from = y * width;
  for (let x = 0, k = 0; x < into.length; x += 1) {
    let sum = 0;
    for (const end = k + count; k < end; k += 1) sum += data[from + indices[k]!]! * weights[k]!;
    into[x] = sum;
  }
}

function interpolateColourLine(
  { data, width }: Raster,
  y: number,
  { count, indices, weights }: Taps,
  into: Float32Array,
): void {
  const from = y * width;
  for (let x = 0, k = 0; x < into.length; x += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (const end = k + count; k < end; k += 1) {
      const at = (from + indices[k]!) * 3;
      const weight = weights[k]!;
      red += data[at]! * weight;
      green += data[at + 1]! * weight;
      blue += data[at + 2]! * weight;
    }
    into[x] = red;
    into[x + 1] = green;
    into[x + 2] = blue;
  }
}

/** Adds the lines up by their weights. */
export const weightedSum: Blend = (lines, weights, start, into, to) => {
  const sums = new Float64Array(lines[0]!.length);
  for (const [k, line] of lines.entries()) addLine(sums, line, weights[start + k]!);
  into.set(sums, to);
};

/** Line by line, because memory is read in that order. */
function addLine(sums: Float64Array, line: Float32Array, weight: number): void {
  for (let x = 0; x < sums.length; x += 1) sums[x] = sums[x]! + line[x]! * weight;
}
