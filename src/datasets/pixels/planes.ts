import { exampleSize, type ImageShape } from '../dataset.ts';
import { undecided } from '../refusal.ts';

/** Planes, one for each channel, as pixels whose channels lie together; bytes stay bytes. */
export function interleave(planes: Uint8Array, channels: number): Uint8Array;
export function interleave(planes: ArrayLike<unknown>, channels: number): ArrayLike<unknown>;
export function interleave(planes: ArrayLike<unknown>, channels: number): ArrayLike<unknown> {
  const size = planes.length / channels;
  const from = (at: number): number => (at % channels) * size + Math.floor(at / channels);
  if (planes instanceof Uint8Array) return planes.map((_, at) => planes[from(at)]!);
  return Array.from({ length: planes.length }, (_, at) => planes[from(at)]);
}

/** How many examples are looked at, evenly among all. */
const MAX_SAMPLED = 200;
/** How much smoother images must be as planes than as pixels to be doubted. */
const CLEARLY = 0.75;

/**
 * Refuses flat colour images that nobody said the layout of, when they are clearly smoother from one line to
 * the next if read as planes: as pixels whose channels lie together they would be nonsense.
 */
export function checkFlatColour(pixels: Uint8Array, shape: ImageShape): void {
  const { width, height, channels } = shape;
  const lines = differencesIn(pixels, shape, [width * channels, width]);
  if (!isClearlyLess(lines[1], lines[0])) return;
  throw undecided(
    'layout',
    `its flat images of ${width}x${height}x${channels} look like one plane for each channel; say dataset.layout (--layout): "chw" if they are, "hwc" if the channels of a pixel lie together`,
    { values: ['chw', 'hwc'] },
  );
}

/**
 * Whether colour images look like planes although they were read as pixels whose channels lie together: smoother
 * from line to line and from pixel to pixel too, and not just grey.
 */
export function looksLikePlanes(pixels: Uint8Array, shape: ImageShape): boolean {
  const { width, channels } = shape;
  const distances = [width * channels, channels, width, 1];
  const [line = 0, pixel = 0, planeLine = 0, neighbour = 0] = differencesIn(
    pixels,
    shape,
    distances,
  );
  // Of grey pixels two of three neighbours are alike.
  const isGrey = neighbour * channels <= pixel;
  return (
    !isGrey && isClearlyLess(planeLine, line) && isClearlyLess(planeLine + neighbour, line + pixel)
  );
}

const isClearlyLess = (asPlanes = 0, asPixels = 0): boolean => asPlanes < asPixels * CLEARLY;

/** The mean differences of values so far apart, in some of the images; zeros where nothing can be told. */
function differencesIn(
  pixels: Uint8Array,
  shape: ImageShape,
  distances: readonly number[],
): number[] {
  const { width, height } = shape;
  const sums = distances.map(() => 0);
  const size = exampleSize(shape);
  const count = pixels.length / size;
  if (height < 4 || width < 4) return sums;
  const step = Math.max(1, Math.floor(count / MAX_SAMPLED));
  for (let index = 0; index < count; index += step) {
    const image = pixels.subarray(index * size, (index + 1) * size);
    distances.forEach((distance, at) => {
      sums[at]! += differenceAt(image, distance);
    });
  }
  return sums;
}

/** The mean difference of values so far apart. */
function differenceAt(values: Uint8Array, distance: number): number {
  let sum = 0;
  for (let at = distance; at < values.length; at += 1) {
    sum += Math.abs(values[at]! - values[at - distance]!);
  }
  return sum / (values.length - distance);
}
