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
