import { errors, withDetails } from '../errors.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { channelScaling } from '../preprocessing/pixel-scaling.ts';
import type { InkFigures } from './handwriting/ink-figures.ts';
import { factsOfPixels } from './pixel-facts.ts';
import { sizeOf } from '../tensor.ts';
import type { Provenance } from './provenance.ts';

export type Layout = 'NCHW' | 'NHWC' | 'NHW' | 'NC';

/** An example as the model takes it. */
export interface PreparedExample {
  readonly example: Float32Array;
  /** What was found out about its ink; only when the contract asks to canonicalise. */
  readonly ink: InkFigures | undefined;
  readonly provenance: Provenance;
  /** The mean of the colours of the pixels before they were normalised, as a share of white. */
  readonly brightness: number;
  /** How likely it is each digit, 0 to 9, by what cut it out of ink that was of several. */
  readonly ifCut?: readonly number[];
}

/**
 * 0..255 values to one normalised example in the model's layout. They come flat in the order of rows,
 * columns, channels (HWC, colour as RGB), or nested to the model's own shape: [H][W] when grey,
 * [H][W][C], or [C][H][W] for a channels-first model.
 */
export function preparePixels(
  values: unknown,
  preprocessing: Preprocessing,
  layout: Layout,
): PreparedExample {
  orderOf(shapeOf(values), preprocessing, layout);
  return preparePackedPixels(packPixels(values), preprocessing, layout);
}

/** Nested pixels that were found to be numbers from 0 to 255 in a regular shape, flat. */
export interface PackedPixels {
  readonly shape: readonly number[];
  readonly values: Float32Array | Uint8Array;
}

/** The same pixels without their nesting; GLIMPSE_PIXEL_VALUE or GLIMPSE_PIXEL_COUNT for what no model takes. */
export function packPixels(values: unknown): PackedPixels {
  const shape = shapeOf(values);
  const regular = packLists(values, shape);
  if (regular) return { shape, values: regular };
  let seen = 0;
  // First looked at, then taken: what is not regular would claim any size by its first row.
  readValues(values, shape, [], () => (seen += 1));
  const packed = new Float32Array(seen);
  seen = 0;
  readValues(values, shape, [], (value) => {
    packed[seen] = value;
    seen += 1;
  });
  return { shape, values: packed };
}

/** Lists as they should be, without a call for each value; undefined for everything that has to be looked at more closely. */
function packLists(values: unknown, shape: readonly number[]): Float32Array | undefined {
  if (!isRegular(values, shape, 0)) return undefined;
  const packed = new Float32Array(sizeOf(shape));
  return fillFrom(values, shape.length - 1, packed, 0) === packed.length ? packed : undefined;
}

/** Whether every list has the length of the first one at its level. */
function isRegular(
  values: unknown,
  shape: readonly number[],
  level: number,
): values is readonly unknown[] {
  if (!Array.isArray(values) || values.length !== shape[level]) return false;
  if (level === shape.length - 1) return true;
  for (const each of values) if (!isRegular(each, shape, level + 1)) return false;
  return true;
}

/** Where the next value belongs; -1 where something is no pixel. `levels` lie below these values. */
function fillFrom(
  values: readonly unknown[],
  levels: number,
  packed: Float32Array,
  start: number,
): number {
  if (levels === 0) return fillRow(values, packed, start);
  let at = start;
  for (const each of values) {
    at = Array.isArray(each) ? fillFrom(each, levels - 1, packed, at) : -1;
    if (at === -1) return -1;
  }
  return at;
}

/** By itself, so that it only ever meets numbers where it is given numbers. */
function fillRow(row: readonly unknown[], packed: Float32Array, start: number): number {
  for (let i = 0; i < row.length; i += 1) {
    const value = row[i];
    if (typeof value !== 'number' || !(value >= 0 && value <= 255)) return -1;
    packed[start + i] = value;
  }
  return start + row.length;
}

/** What `preparePixels` makes of the same pixels before they were packed. */
export function preparePackedPixels(
  { shape, values }: PackedPixels,
  preprocessing: Preprocessing,
  layout: Layout,
): PreparedExample {
  const isInterleaved = orderOf(shape, preprocessing, layout) === 'interleaved';
  const pixels = isInterleaved ? values : interleaved(values, preprocessing.channels);
  refuseScaled(pixels);
  const example = normalised(pixels, preprocessing, layout);
  return { example, ...factsOfPixels(pixels, preprocessing) };
}

/** The order of pixels of this shape, or GLIMPSE_PIXEL_COUNT where it is none of those that the model takes. */
function orderOf(
  shape: readonly number[],
  { width, height, channels }: Preprocessing,
  layout: Layout,
): 'interleaved' | 'planes' {
  const fits = (...wanted: number[]): boolean =>
    shape.length === wanted.length && wanted.every((length, level) => shape[level] === length);
  if (fits(width * height * channels) || fits(height, width, channels)) return 'interleaved';
  if (channels === 1 && fits(height, width)) return 'interleaved';
  // One plane is its pixels in either order.
  if (channels === 1 && fits(1, height, width)) return 'interleaved';
  if (layout === 'NCHW' && fits(channels, height, width)) return 'planes';
  throw new errors.GLIMPSE_PIXEL_COUNT(
    shape.join(' x ') || 'no',
    `${height} x ${width} x ${channels}`,
  );
}

/** The channels of each pixel side by side, of pixels that came plane by plane. */
function interleaved(planes: PackedPixels['values'], channels: number): Float32Array {
  const pixels = new Float32Array(planes.length);
  for (let channel = 0, from = 0; channel < channels; channel += 1) {
    for (let to = channel; to < pixels.length; to += channels, from += 1)
      pixels[to] = planes[from]!;
  }
  return pixels;
}

/** Values of 0..1 would be answered as a black image, which only zeros are beyond doubt. */
function refuseScaled(pixels: PackedPixels['values']): void {
  let most = 0;
  for (let at = 0; at < pixels.length; at += 1) {
    const value = pixels[at]!;
    if (value > 1) return;
    if (value > most) most = value;
  }
  if (most > 0) throw new errors.GLIMPSE_PIXEL_RANGE(Number(most.toPrecision(5)));
}

/** One example of its own. */
export function normalised(
  pixels: ArrayLike<number>,
  preprocessing: Preprocessing,
  layout: Layout,
): Float32Array {
  const example = new Float32Array(pixels.length);
  normalise(pixels, preprocessing, layout, example);
  return example;
}

/**
 * The one place where pixels become what the model sees: HWC values of 0..255 (RGB) times scale, minus
 * mean, by std, in the model's channel order and layout, written into `out` from `offset` on. NC keeps
 * the order of the pixels. mean and std count the channels as the model does (B first for bgr).
 */
export function normalise(
  pixels: ArrayLike<number>,
  preprocessing: Preprocessing,
  layout: Layout,
  out: Float32Array,
  offset = 0,
): void {
  const { width, height, channels } = preprocessing;
  const plane = width * height;
  const [step, channelStep] = layout === 'NCHW' ? [1, plane] : [channels, 1];
  for (let channel = 0; channel < channels; channel += 1) {
    const { source, factor, shift } = channelScaling(preprocessing, channel);
    let to = offset + channel * channelStep;
    for (let i = 0, from = source; i < plane; i += 1, from += channels, to += step) {
      out[to] = pixels[from]! * factor + shift;
    }
  }
}

type Row = ArrayLike<unknown>;

function isRow(value: unknown): value is Row {
  return Array.isArray(value) || value instanceof Uint8Array || value instanceof Float32Array;
}

/** Lengths along the first elements; three levels are the deepest a model's shape has. */
function shapeOf(values: unknown): number[] {
  const shape: number[] = [];
  for (let level = values; isRow(level) && shape.length < 4; level = level[0]) {
    shape.push(level.length);
  }
  return shape;
}

/** Visits every value in order, and names the position of the first that is not a pixel. */
function readValues(
  value: unknown,
  shape: readonly number[],
  position: readonly number[],
  visit: (value: number) => void,
): void {
  const length = shape[position.length]!;
  if (!isRow(value)) throw new errors.GLIMPSE_PIXEL_VALUE(nameOf(position));
  if (value.length !== length) {
    const error = new errors.GLIMPSE_PIXEL_COUNT(value.length, length);
    throw withDetails(error, { position: nameOf(position) });
  }
  const isInnermost = position.length === shape.length - 1;
  for (let i = 0; i < length; i += 1) {
    const item = value[i];
    if (!isInnermost) readValues(item, shape, [...position, i], visit);
    else if (typeof item === 'number' && item >= 0 && item <= 255) visit(item);
    else throw new errors.GLIMPSE_PIXEL_VALUE(nameOf([...position, i]));
  }
}

function nameOf(position: readonly number[]): string {
  return `[${position.join('][')}]`;
}
