/** At most so many values are looked at: enough for a mean to a hundredth, and the same cost for any image. */
const MAX_VALUES = 1024;

/** How many channels of a pixel are light: alpha, which is the fourth of four, is none. */
const coloursOf = (channels: number): number => Math.min(channels, 3);

/**
 * The mean of the colours of pixels of 0..255 as a share of white, from values that lie evenly over all of them. The channels of
 * a pixel stand side by side.
 */
export function brightnessOf(pixels: ArrayLike<number>, channels: number): number {
  const colours = coloursOf(channels);
  if (colours < channels) return brightnessOfColours(pixels, colours, channels);
  const { length } = pixels;
  const count = Math.min(length, MAX_VALUES);
  let sum = 0;
  if (length <= MAX_VALUES) for (let at = 0; at < length; at += 1) sum += pixels[at]!;
  // Not by whole steps, which could meet one channel of a colour image only.
  else for (let n = 0; n < count; n += 1) sum += pixels[Math.floor((n * length) / count)]!;
  return count === 0 ? 0 : sum / count / 255;
}

/** The same where more stands in a pixel than its colours. */
function brightnessOfColours(pixels: ArrayLike<number>, colours: number, channels: number): number {
  const length = (pixels.length / channels) * colours;
  const count = Math.min(length, MAX_VALUES);
  let sum = 0;
  for (let n = 0; n < count; n += 1) {
    const at = Math.floor((n * length) / count);
    sum += pixels[at + Math.floor(at / colours) * (channels - colours)]!;
  }
  return count === 0 ? 0 : sum / count / 255;
}

/** Where the values of a channel of pixels stand in a tensor, and what makes levels of them: a factor and a shift. */
interface ChannelOfPixels {
  readonly from: number;
  readonly factor: number;
  readonly shift: number;
}

/** Where the pixels behind a tensor stand: their channels in the order of the pixels, and the way to the next pixel. */
export interface PixelsBehind {
  readonly channels: readonly ChannelOfPixels[];
  readonly step: number;
}

/**
 * What `brightnessOf` finds of the pixels behind a tensor, without making them; undefined where one of its numbers is not
 * finite.
 */
export function brightnessBehind(
  values: Float32Array,
  { channels, step }: PixelsBehind,
): number | undefined {
  const colours = coloursOf(channels.length);
  const length = (values.length / channels.length) * colours;
  const count = Math.min(length, MAX_VALUES);
  const [only] = channels;
  let sum = 0;
  if (channels.length === 1 && count === length) {
    sum = sumOfLevels(values, only!);
    if (Number.isNaN(sum)) return undefined;
  } else {
    if (!areFinite(values)) return undefined;
    for (let n = 0; n < count; n += 1) {
      const at = Math.floor((n * length) / count);
      const pixel = Math.floor(at / colours);
      const { from, factor, shift } = channels[at - pixel * colours]!;
      sum += levelOf(values[from + pixel * step]! * factor + shift);
    }
  }
  return count === 0 ? 0 : sum / count / 255;
}

/**
 * NaN where a number is not finite. By itself, so that it is nothing but a loop over numbers: most tensors are small and
 * grey. Two sums of each kind, because one would wait for itself at every step.
 */
function sumOfLevels(values: Float32Array, { factor, shift }: ChannelOfPixels): number {
  let levels = 0;
  let otherLevels = 0;
  let numbers = 0;
  let otherNumbers = 0;
  const { length } = values;
  const even = length - (length % 2);
  for (let at = 0; at < even; at += 2) {
    const value = values[at]!;
    const other = values[at + 1]!;
    numbers += value;
    otherNumbers += other;
    levels += levelOf(value * factor + shift);
    otherLevels += levelOf(other * factor + shift);
  }
  if (even < length) {
    numbers += values[even]!;
    levels += levelOf(values[even]! * factor + shift);
  }
  // Numbers of 32 bits are too small for a sum of 64 bits to leave what is finite, and one that is not finite stays in it.
  return Number.isFinite(numbers + otherNumbers) ? levels + otherLevels : NaN;
}

function areFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at]!;
  return Number.isFinite(sum);
}

/** As clamped bytes round. What is added and taken off again leaves a whole number. */
function levelOf(value: number): number {
  return (value > 0 ? (value < 255 ? value : 255) : 0) + ROUNDING - ROUNDING;
}

const ROUNDING = 1.5 * 2 ** 52;
