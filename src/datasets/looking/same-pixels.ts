/** How well the pixels of the same image must go together, and how far their brightness may be apart. */
const LEAST_CORRELATION = 0.985;
const MAX_BRIGHTNESS_APART = 24;
/** Of a large image every eleventh value is compared first: one of each channel in turn. */
const SAMPLE_STEP = 11;
const SAMPLED = 32;
const LEAST_OF_A_SAMPLE = 0.9;
const LEAST_OF_COLOURS = 0.95;

/**
 * Whether two images are nearly the same: some of their values are compared first, and then all. Compression keeps what is
 * light and dark far better than colours.
 */
export function isAlike(a: Uint8Array, b: Uint8Array, channels: 1 | 3): boolean {
  const isLarge = a.length > SAMPLED * SAMPLE_STEP;
  if (isLarge && correlationOf(a, b, SAMPLE_STEP) < LEAST_OF_A_SAMPLE) return false;
  if (channels === 1) return correlationOf(a, b, 1) >= LEAST_CORRELATION;
  if (correlationOf(a, b, 1) < LEAST_OF_COLOURS) return false;
  return correlationOf(greyOf(a), greyOf(b), 1) >= LEAST_CORRELATION;
}

function greyOf(pixels: Uint8Array): Float32Array {
  return Float32Array.from(
    { length: pixels.length / 3 },
    (_, at) => (pixels[at * 3]! + pixels[at * 3 + 1]! + pixels[at * 3 + 2]!) / 3,
  );
}

/**
 * How well every so many-th pixel goes together, whatever their contrast; 0 when one image is far brighter, and NaN,
 * which is neither enough nor too little, where one is of one level.
 */
function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>, step: number): number {
  let [sumA, sumB, squareA, squareB, product, count] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < a.length; at += step) {
    const left = a[at]!;
    const right = b[at]!;
    sumA += left;
    sumB += right;
    squareA += left * left;
    squareB += right * right;
    product += left * right;
    count += 1;
  }
  const spread = (squareA - sumA ** 2 / count) * (squareB - sumB ** 2 / count);
  if (Math.abs(sumA - sumB) / count > MAX_BRIGHTNESS_APART) return 0;
  return (product - (sumA * sumB) / count) / Math.sqrt(spread);
}
