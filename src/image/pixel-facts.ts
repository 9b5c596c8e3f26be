import type { Preprocessing } from '../preprocessing/contract.ts';
import { brightnessOf } from './brightness.ts';
import { inkFigures, type InkFigures } from './handwriting/ink-figures.ts';
import { pixelsProvenance, type Provenance } from './provenance.ts';
import { toGrey } from './raster.ts';

type PixelValues = Float32Array | Uint8Array | Uint8ClampedArray;

/** What there is to say of pixels that came without a file. */
export function factsOfPixels(
  pixels: PixelValues,
  preprocessing: Preprocessing,
): {
  ink: InkFigures | undefined;
  provenance: Provenance;
  brightness: number;
} {
  return {
    ink: examinePixels(pixels, preprocessing),
    provenance: pixelsProvenance,
    brightness: brightnessOf(pixels, preprocessing.channels),
  };
}

/**
 * What there is to say about the ink of pixels that came without an image: they go to the model as they
 * are, so their own figures are taken. Values are read as whole grey levels.
 */
export function examinePixels(
  pixels: PixelValues,
  { width, height, channels, canonicalise }: Preprocessing,
): InkFigures | undefined {
  if (canonicalise === 'none') return undefined;
  const data = pixels instanceof Uint8Array ? pixels : new Uint8Array(pixels);
  return inkFigures(toGrey({ width, height, channels: channels === 1 ? 1 : 3, data }).data);
}
