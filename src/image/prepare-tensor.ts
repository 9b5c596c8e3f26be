import { errors } from '../errors.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { Signature } from '../signature.ts';
import { sizeOf } from '../tensor.ts';
import { factsOfPixels } from './pixel-facts.ts';
import type { PackedPixels, PreparedExample } from './prepare-pixels.ts';

/** Numbers of one example as somebody else's client shaped them, row-major. */
export interface PackedTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

type NamedTensor = PackedTensor & { readonly input: string };

/**
 * What the model itself takes, which goes to it as it is. Its shape is that of the model, where axes of one element may
 * be left out or added, or flat. GLIMPSE_INPUT_SHAPE, or GLIMPSE_INPUT_VALUE for what no model answers with numbers.
 */
export function prepareModelInput(
  { input, shape, values }: NamedTensor,
  preprocessing: Preprocessing,
  { layout, shape: wanted }: Signature['input'],
): PreparedExample {
  if (!isAlike(shape, wanted)) {
    throw new errors.GLIMPSE_INPUT_SHAPE(input.slice(0, 100), inWords(shape), inWords(wanted));
  }
  if (!areFinite(values)) throw new errors.GLIMPSE_INPUT_VALUE(input.slice(0, 100));
  const pixels = pixelsBehind(values, preprocessing, layout);
  return { example: values, ...factsOfPixels(pixels, preprocessing) };
}

/** The pixels of a tensor of 0..255; GLIMPSE_PIXEL_VALUE for any other number. */
export function readPixels({ shape, values }: PackedTensor): PackedPixels {
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!;
    if (!(value >= 0 && value <= 255)) throw new errors.GLIMPSE_PIXEL_VALUE(`[${at}]`);
  }
  return { shape, values };
}

/** Whether both hold the same numbers in the same order, whatever stands around them. */
function isAlike(shape: readonly number[], wanted: readonly number[]): boolean {
  if (shape.length === 1) return shape[0] === sizeOf(wanted);
  const [own, other] = [shape, wanted].map((lengths) => lengths.filter((length) => length !== 1));
  return own!.length === other!.length && own!.every((length, at) => length === other![at]);
}

const inWords = (shape: readonly number[]): string => `[${shape.slice(0, 8).join(', ')}]`;

function areFinite(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at += 1) if (!Number.isFinite(values[at])) return false;
  return true;
}

/**
 * The pixels of 0..255, channels side by side, that the contract makes these numbers of: what drift and warnings look at, and what is shown.
 * What no pixel becomes is taken for black or white.
 */
export function pixelsBehind(
  values: Float32Array,
  { width, height, channels, colourSpace, scale, mean, std }: Preprocessing,
  layout: Signature['input']['layout'],
): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(values.length);
  const plane = width * height;
  const [step, channelStep] = layout === 'NCHW' ? [1, plane] : [channels, 1];
  for (let channel = 0; channel < channels; channel += 1) {
    const spread = std[Math.min(channel, std.length - 1)]!;
    const shift = mean[Math.min(channel, mean.length - 1)]!;
    let to = colourSpace === 'bgr' ? channels - 1 - channel : channel;
    for (let i = 0, from = channel * channelStep; i < plane; i += 1, from += step, to += channels) {
      pixels[to] = (values[from]! * spread + shift) / scale;
    }
  }
  return pixels;
}
