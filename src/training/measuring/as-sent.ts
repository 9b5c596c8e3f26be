import { exampleAt, type Dataset, type ImageShape } from '../../datasets/dataset.ts';
import { leastMaximum } from '../../datasets/pixels/pixel-range.ts';
import { interleave, looksLikePlanes } from '../../datasets/pixels/planes.ts';

/** What the numbers of a dataset were taken for, against what they look like. */
export type Misreading =
  { readonly kind: 'dark'; readonly greatest: number } | { readonly kind: 'planes' };

/** The examples of a dataset as images that somebody would send. */
export interface AsSent {
  readonly misreading: Misreading | undefined;
  pixelsOf(index: number): Uint8Array;
}

/**
 * Images are sent by people who see them, so that examples of numbers become what a person would see: values that
 * nobody could tell from black are spread to white, planes are put together. Everything else is sent as it was
 * read, and so is all that was made of images.
 */
export function asSent(dataset: Dataset, isOfImages: boolean): AsSent {
  const misreading = isOfImages ? undefined : misreadingOf(dataset);
  return {
    misreading,
    pixelsOf: (index) => seen(exampleAt(dataset, index).slice(), dataset.shape, misreading),
  };
}

function misreadingOf({ pixels, shape }: Dataset): Misreading | undefined {
  let greatest = 0;
  for (let at = 0; at < pixels.length && greatest < leastMaximum.bytes; at += 1) {
    if (pixels[at]! > greatest) greatest = pixels[at]!;
  }
  if (greatest > 0 && greatest < leastMaximum.bytes) return { kind: 'dark', greatest };
  return looksLikePlanes(pixels, shape) ? { kind: 'planes' } : undefined;
}

function seen(
  pixels: Uint8Array,
  { channels }: ImageShape,
  misreading: Misreading | undefined,
): Uint8Array {
  if (misreading?.kind === 'planes') return interleave(pixels, channels);
  if (misreading?.kind !== 'dark') return pixels;
  return pixels.map((value) => Math.round((value * 255) / misreading.greatest));
}
