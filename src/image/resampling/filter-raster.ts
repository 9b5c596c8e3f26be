import type { Raster } from '../raster.ts';
import type { WeighingKernel } from './kernels.ts';

/**
 * Resampling with antialiasing: the kernel is stretched by the factor of shrinking, so that every pixel of the source
 * counts. Bit for bit what Pillow does (src/libImaging/Resample.c), and with it torchvision on PIL images: weights in
 * 22-bit fixed point, rows first, 8 bits between the passes, nothing beyond the edge.
 */
export function filterRaster(
  raster: Raster,
  width: number,
  height: number,
  kernel: WeighingKernel,
): Raster {
  return filterRows(filterColumns(raster, width, kernel), height, kernel);
}

/** As many bits behind the point as leave room for 255 times a weight, and for the overshoot of a kernel. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** Which pixels of a line are added up to each pixel of the other: so many from `first`, with their weights in a row. */
export interface Filter {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  /** The place for the weights of one pixel, a multiple of eight with zeros at the end: vectors of them are read. */
  readonly stride: number;
}

/** The numbers that a filter of so many pixels has. */
export const filterLength = (from: number, to: number, kernel: WeighingKernel): number =>
  to * (2 + strideOf(kernel.radius * Math.max(from / to, 1)));

const strideOf = (reach: number): number => Math.ceil((Math.ceil(reach) * 2 + 1) / 8) * 8;

/** The weights of a line of `to` pixels that are made of `from`. */
export function filterOf(from: number, to: number, { radius, weight }: WeighingKernel): Filter {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = radius * stretch;
  const stride = strideOf(reach);
  const filter: Filter = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Int32Array(to * stride),
    stride,
  };
  const line = new Float64Array(stride);
  for (let at = 0; at < to; at += 1) {
    const middle = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(middle - reach + 0.5));
    const count = Math.min(from, Math.trunc(middle + reach + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < count; k += 1) {
      line[k] = weight((k + first - middle + 0.5) * (1 / stretch));
      sum += line[k]!;
    }
    for (let k = 0; k < count; k += 1) {
      const fixed = (sum === 0 ? line[k]! : line[k]! / sum) * (1 << PRECISION);
      filter.weights[at * stride + k] = Math.trunc(fixed + (fixed < 0 ? -0.5 : 0.5));
    }
    filter.first[at] = first;
    filter.count[at] = count;
  }
  return filter;
}

function filterColumns(raster: Raster, width: number, kernel: WeighingKernel): Raster {
  if (width === raster.width) return raster;
  const filter = filterOf(raster.width, width, kernel);
  const data = new Uint8Array(width * raster.height * raster.channels);
  const filterLine = raster.channels === 1 ? filterGreyLine : filterColourLine;
  for (let y = 0; y < raster.height; y += 1) filterLine(raster, y, filter, data, width);
  return { ...raster, width, data };
}

function filterGreyLine(
  { data, width: from }: Raster,
  y: number,
  { first, count, weights, stride }: Filter,
  into: Uint8Array,
  width: number,
): void {
  for (let x = 0; x < width; x += 1) {
    let at = y * from + first[x]!;
    const start = x * stride;
    const end = start + count[x]!;
    let sum = HALF;
    for (let k = start; k < end; k += 1, at += 1)
      sum = (sum + Math.imul(data[at]!, weights[k]!)) | 0;
    into[y * width + x] = toByte(sum);
  }
}

function filterColourLine(
  { data, width: from }: Raster,
  y: number,
  { first, count, weights, stride }: Filter,
  into: Uint8Array,
  width: number,
): void {
  for (let x = 0; x < width; x += 1) {
    let at = (y * from + first[x]!) * 3;
    const start = x * stride;
    const end = start + count[x]!;
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    for (let k = start; k < end; k += 1, at += 3) {
      const weight = weights[k]!;
      red = (red + Math.imul(data[at]!, weight)) | 0;
      green = (green + Math.imul(data[at + 1]!, weight)) | 0;
      blue = (blue + Math.imul(data[at + 2]!, weight)) | 0;
    }
    const to = (y * width + x) * 3;
    into[to] = toByte(red);
    into[to + 1] = toByte(green);
    into[to + 2] = toByte(blue);
  }
}

function filterRows(raster: Raster, height: number, kernel: WeighingKernel): Raster {
  if (height === raster.height) return raster;
  const { first, count, weights, stride } = filterOf(raster.height, height, kernel);
  const line = raster.width * raster.channels;
  const data = new Uint8Array(line * height);
  const sums = new Int32Array(line);
  for (let y = 0; y < height; y += 1) {
    sums.fill(HALF);
    const start = y * stride;
    for (let k = 0; k < count[y]!; k += 1) {
      addLine(sums, raster.data, (first[y]! + k) * line, weights[start + k]!);
    }
    for (let x = 0, to = y * line; x < line; x += 1, to += 1) data[to] = toByte(sums[x]!);
  }
  return { ...raster, height, data };
}

/** Line by line, because memory is read in that order. */
function addLine(sums: Int32Array, data: Uint8Array, from: number, weight: number): void {
  for (let x = 0, at = from; x < sums.length; x += 1, at += 1) {
    sums[x] = (sums[x]! + Math.imul(data[at]!, weight)) | 0;
  }
}

function toByte(sum: number): number {
  const value = sum >> PRECISION;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
