import { exampleSize, type ImageShape } from '../dataset.ts';
import { undecided } from '../refusal.ts';

/** Planes, one for each channel, as pixels whose channels lie together; bytes stay bytes. */
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
  const size = exampleSize(shape);
  const count = pixels.length / size;
  if (channels === 1 || height < 4 || width < 4 || count === 0) return;
  const step = Math.max(1, Math.floor(count / MAX_SAMPLED));
  let [asPixels, asPlanes] = [0, 0];
  for (let index = 0; index < count; index += step) {
    const image = pixels.subarray(index * size, (index + 1) * size);
    asPixels += differenceAt(image, width * channels);
    asPlanes += differenceAt(image, width);
  }
  if (asPlanes >= asPixels * CLEARLY) return;
  throw undecided(
    'layout',
    `its flat images of ${width}x${height}x${channels} look like one plane for each channel; say dataset.layout (--layout): "chw" if they are, "hwc" if the channels of a pixel lie together`,
    { values: ['chw', 'hwc'] },
  );
}

/** The mean difference of values so far apart. */
function differenceAt(values: Uint8Array, distance: number): number {
  let sum = 0;
  for (let at = distance; at < values.length; at += 1) {
    sum += Math.abs(values[at]! - values[at - distance]!);
  }
  return sum / (values.length - distance);
}
