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

/**
 * What `brightnessOf` finds of the pixels behind a tensor, without making them. The channels are in the order of the pixels;
 * from one pixel to the next are `step` values.
 */
export function brightnessBehind(
  values: Float32Array,
  channels: readonly ChannelOfPixels[],
  step: number,
): number {
  const { length } = values;
  const count = Math.min(length, MAX_VALUES);
  const [only] = channels;
  let sum = 0;
  if (channels.length === 1 && count === length) sum = sumOfLevels(values, only!);
  else {
    for (let n = 0; n < count; n += 1) {
      const at = Math.floor((n * length) / count);
      const pixel = Math.floor(at / channels.length);
      const { from, factor, shift } = channels[at - pixel * channels.length]!;
      sum += levelOf(values[from + pixel * step]! * factor + shift);
    }
  }
  return count === 0 ? 0 : sum / count / 255;
}

/** By itself, so that it is nothing but a loop over numbers: most tensors are small and grey. */
function sumOfLevels(values: Float32Array, { factor, shift }: ChannelOfPixels): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += levelOf(values[at]! * factor + shift);
  return sum;
}

/** As clamped bytes round. What is added and taken off again leaves a whole number. */
function levelOf(value: number): number {
  if (!(value > 0)) return 0;
  return value > 255 ? 255 : value + ROUNDING - ROUNDING;
}

const ROUNDING = 1.5 * 2 ** 52;
