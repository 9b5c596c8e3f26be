import type { Dataset, ImageShape } from '../../datasets/dataset.ts';

/** What is known of a dataset by a few of its examples. */
export interface SeenData {
  /** That of its examples where it is theirs: of a table, of an array, or as the request says. */
  readonly shape: ImageShape | undefined;
  /** Of image files, upright: the middle of what was seen. */
  readonly original: ImageShape | undefined;
  /** How many images there are, where that is known without reading them. */
  readonly count: number | undefined;
  readonly isPhotographic: boolean;
}

/** Levels of a channel that count as one colour together. */
const COLOUR_STEP = 16;
/** An image with so large a share of its pixels in its few commonest colours is drawn, or lettering. */
const FEW_COLOURS = 6;
const DRAWN_SHARE = 0.8;

/** The median of each side, and colours where any image has them. */
export function usualShape(shapes: readonly ImageShape[]): ImageShape | undefined {
  if (shapes.length === 0) return undefined;
  return {
    width: medianOf(shapes.map(({ width }) => width)),
    height: medianOf(shapes.map(({ height }) => height)),
    channels: shapes.some(({ channels }) => channels === 3) ? 3 : 1,
  };
}

/** Whether most images are continuous in tone, as photographs are: no few colours make up most of their pixels. */
export function looksPhotographic({ pixels, labels, shape }: Dataset): boolean {
  const size = pixels.length / Math.max(1, labels.length);
  let photographs = 0;
  for (let index = 0; index < labels.length; index += 1) {
    const image = pixels.subarray(index * size, (index + 1) * size);
    if (shareOfCommonest(image, shape.channels) < DRAWN_SHARE) photographs += 1;
  }
  return labels.length > 0 && photographs * 2 > labels.length;
}

function shareOfCommonest(image: Uint8Array, channels: number): number {
  const counts = new Map<number, number>();
  const pixels = image.length / channels;
  for (let at = 0; at < image.length; at += channels) {
    let colour = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      colour = colour * 256 + Math.floor(image[at + channel]! / COLOUR_STEP);
    }
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const commonest = [...counts.values()].sort((a, b) => b - a).slice(0, FEW_COLOURS);
  return commonest.reduce((sum, count) => sum + count, 0) / pixels;
}

/** The lower of the two in the middle. */
function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;
}
