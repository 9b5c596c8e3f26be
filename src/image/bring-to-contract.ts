import type { Preprocessing } from '../signature.ts';
import { fitRaster } from './fit-raster.ts';
import { readFrame, type CanonicalDigit } from './handwriting/canonicalise.ts';
import { FRAME } from './handwriting/mnist-frame.ts';
import type { Provenance } from './provenance.ts';
import { toColour, toGrey, type Raster, type RasterSize } from './raster.ts';
import { resizeRaster, sizeFor } from './resize.ts';

/** 8-bit HWC pixels as a version's preprocessing contract asks for them, before normalisation. */
export interface ExaminedImage {
  readonly pixels: Uint8Array;
  /** What was found out about the ink; only when the contract asks to canonicalise. */
  readonly ink: InkReport | undefined;
  readonly provenance: Provenance;
  /** Upright, before anything was done to it. */
  readonly original: RasterSize;
}

/** The same without what its file tells. */
type BroughtImage = Omit<ExaminedImage, 'provenance' | 'original'>;

export type InkReport = Omit<CanonicalDigit, 'pixels'>;

/** What needs neither libvips nor a thread: an image of the contract's size, or a digit in its frame. */
export function keepAsItIs(image: Raster, preprocessing: Preprocessing): BroughtImage | undefined {
  const { width, height } = preprocessing;
  if (image.width !== width || image.height !== height) return undefined;
  if (preprocessing.canonicalise === 'none') {
    return { pixels: finish(image, preprocessing), ink: undefined };
  }
  const digit = readFrame(image);
  if (!digit) return undefined;
  const { pixels, ...ink } = digit;
  return { pixels: finish(asRaster(pixels), preprocessing), ink };
}

/** Any decoded image; `findDigit` is asked only when ink has to be looked for. */
export async function bringToContract(
  image: Raster,
  preprocessing: Preprocessing,
  findDigit: (image: Raster) => Promise<CanonicalDigit>,
): Promise<BroughtImage> {
  const ready = keepAsItIs(image, preprocessing);
  if (ready) return ready;
  const size = sizeFor(preprocessing);
  if (preprocessing.canonicalise === 'none') {
    return { pixels: finish(await resizeRaster(image, size), preprocessing), ink: undefined };
  }
  const { pixels, ...ink } = readFrame(image) ?? (await findDigit(image));
  return { pixels: finish(await resizeRaster(asRaster(pixels), size), preprocessing), ink };
}

function asRaster(digit: Uint8Array): Raster {
  return { width: FRAME, height: FRAME, channels: 1, data: digit };
}

/** Resized pixels in the frame and with the channels that the contract asks for. */
function finish(image: Raster, preprocessing: Preprocessing): Uint8Array {
  const coloured = preprocessing.channels === 1 ? toGrey(image) : toColour(image);
  return fitRaster(coloured, preprocessing).data;
}
