/** At most so many values are looked at: enough for a mean to a hundredth, and the same cost for any image. */
const MAX_VALUES = 1024;

/** The mean of values of 0..255 as a share of white, from values that lie evenly over all of them. */
export function brightnessOf(pixels: ArrayLike<number>): number {
  const step = Math.max(1, pixels.length / MAX_VALUES);
  let [sum, count] = [0, 0];
  for (let at = 0; at < pixels.length; at += step) {
    sum += pixels[Math.floor(at)]!;
    count += 1;
  }
  return count === 0 ? 0 : sum / count / 255;
}
