/** At most so many values are looked at: enough for a mean to a hundredth, and the same cost for any image. */
const MAX_VALUES = 1024;

/** The mean of values of 0..255 as a share of white, from values that lie evenly over all of them. */
export function brightnessOf(pixels: ArrayLike<number>): number {
  const { length } = pixels;
  const count = Math.min(length, MAX_VALUES);
  let sum = 0;
  if (length <= MAX_VALUES) for (let at = 0; at < length; at += 1) sum += pixels[at]!;
  // Not by whole steps, which could meet one channel of a colour image only.
  else for (let n = 0; n < count; n += 1) sum += pixels[Math.floor((n * length) / count)]!;
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
  const { length } = values;
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
      const pixel = Math.floor(at / channels.length);
      const { from, factor, shift } = channels[at - pixel * channels.length]!;
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
