import { errors } from '../errors.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { Signature } from '../signature.ts';
import { sizeOf } from '../tensor.ts';
import { brightnessBehind, type PixelsBehind } from './brightness.ts';
import { examinePixels } from './pixel-facts.ts';
import type { PackedPixels, PreparedExample } from './prepare-pixels.ts';
import { pixelsProvenance } from './provenance.ts';

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
  const brightness = brightnessBehind(values, placesOf(preprocessing, layout));
  if (brightness === undefined) throw new errors.GLIMPSE_INPUT_VALUE(input.slice(0, 100));
  const hasInk = preprocessing.canonicalise !== 'none';
  return {
    example: values,
    ink: hasInk
      ? examinePixels(pixelsBehind(values, preprocessing, layout), preprocessing)
      : undefined,
    provenance: pixelsProvenance,
    brightness,
  };
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

/** What was found for each contract, which every tensor of a version has: found once, and gone with the version. */
const known = new WeakMap<
  Preprocessing,
  { readonly layout: string; readonly places: PixelsBehind }
>();

function placesOf(
  preprocessing: Preprocessing,
  layout: Signature['input']['layout'],
): PixelsBehind {
  const found = known.get(preprocessing);
  if (found?.layout === layout) return found.places;
  const places = findPlaces(preprocessing, layout);
  known.set(preprocessing, { layout, places });
  return places;
}

/** Where the channels of the pixels stand in a tensor, and what makes levels of 0..255 of them. */
function findPlaces(
  { width, height, channels, colourSpace, scale, mean, std }: Preprocessing,
  layout: Signature['input']['layout'],
): PixelsBehind {
  const [step, channelStep] = layout === 'NCHW' ? [1, width * height] : [channels, 1];
  const all = Array.from({ length: channels }, (_, pixelChannel) => {
    const channel = colourSpace === 'bgr' ? channels - 1 - pixelChannel : pixelChannel;
    const spread = std[Math.min(channel, std.length - 1)]!;
    const shift = mean[Math.min(channel, mean.length - 1)]!;
    return { from: channel * channelStep, factor: spread / scale, shift: shift / scale };
  });
  return { channels: all, step };
}

/**
 * The pixels of 0..255, channels side by side, that the contract makes these numbers of: what drift and warnings look at, and what is shown.
 * What no pixel becomes is taken for black or white.
 */
export function pixelsBehind(
  values: Float32Array,
  preprocessing: Preprocessing,
  layout: Signature['input']['layout'],
): Uint8ClampedArray {
  const { channels } = preprocessing;
  const pixels = new Uint8ClampedArray(values.length);
  const { channels: all, step } = placesOf(preprocessing, layout);
  for (const [channel, { from: first, factor, shift }] of all.entries()) {
    for (let to = channel, from = first; to < pixels.length; from += step, to += channels) {
      pixels[to] = values[from]! * factor + shift;
    }
  }
  return pixels;
}
