import { strict as assert } from 'node:assert';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import { isContractTwo, pageRuleOf, type PageRule } from '../preprocessing/steps.ts';
import { bringRgba, keepsAlpha } from './framing/bring-rgba.ts';
import type { OrdinaryJpeg } from './framing/frame-jpeg.ts';
import { fitRaster } from './framing/fit-raster.ts';
import { frameRaster, maxSamplesHere, samplesToFrame } from './framing/frame-raster.ts';
import { readFrame, type CanonicalDigit } from './handwriting/canonicalise.ts';
import type { JpegHead } from './jpeg/scan-head.ts';
import { FRAME } from './handwriting/mnist-frame.ts';
import type { Provenance } from './provenance.ts';
import type { FoundLines } from './reading/read-page.ts';
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

/** What is done on other threads, or on this one where that is quicker. */
export interface HeavyWork {
  /** The digit in any raster. */
  findDigit(image: Raster, page: PageRule): Promise<CanonicalDigit | undefined>;
  /** The digit in an ordinary JPEG; undefined where its data is not beyond doubt. */
  findDigitInJpeg(
    file: Uint8Array,
    head: JpegHead,
    page: PageRule,
  ): Promise<CanonicalDigit | undefined>;
  /** Every digit of a page, unless they are more than `most`. */
  readPage(page: Raster, most: number): Promise<FoundLines>;
  /** `frameRaster` for an image of many pixels. */
  frame(image: Raster, contract: ContractTwo): Promise<Raster>;
  /** The same for an ordinary JPEG; undefined where its data is not beyond doubt. */
  frameJpeg(
    file: Uint8Array,
    ordinary: OrdinaryJpeg,
    contract: ContractTwo,
  ): Promise<Raster | undefined>;
}

/** What needs neither libvips nor a thread: a few pixels, an image of the contract's size, or a digit in its frame. */
export function keepAsItIs(image: Raster, preprocessing: Preprocessing): BroughtImage | undefined {
  const { width, height, canonicalise } = preprocessing;
  if (keepsAlpha(preprocessing)) return undefined;
  if (!isContractTwo(preprocessing)) {
    if (image.width !== width || image.height !== height) return undefined;
  } else if (canonicalise === 'none' && samplesToFrame(image, preprocessing) > maxSamplesHere) {
    return undefined;
  }
  if (canonicalise === 'none') return { pixels: finish(image, preprocessing), ink: undefined };
  const digit = readFrame(image);
  if (!digit) return undefined;
  const { pixels, ...ink } = digit;
  return { pixels: finish(asRaster(pixels), preprocessing), ink };
}

/**
 * Any decoded image, with its alpha where the contract keeps it; others are asked only for an image of many pixels, or when
 * ink has to be looked for.
 */
export async function bringToContract(
  image: Raster,
  preprocessing: Preprocessing,
  heavy: HeavyWork,
  alpha?: Raster,
): Promise<BroughtImage> {
  if (keepsAlpha(preprocessing)) {
    const pixels = await bringRgba(image, alpha, preprocessing, (part, contract) =>
      brought(part, contract, heavy),
    );
    return { pixels, ink: undefined };
  }
  const ready = keepAsItIs(image, preprocessing);
  if (ready) return ready;
  if (preprocessing.canonicalise === 'none') {
    return { pixels: await brought(image, preprocessing, heavy), ink: undefined };
  }
  const digit = readFrame(image) ?? (await heavy.findDigit(image, pageRuleOf(preprocessing)));
  assert(digit, 'every raster has a digit in the end: our bug');
  return bringDigit(digit, preprocessing, heavy);
}

/** A digit that was found already. */
export async function bringDigit(
  { pixels, ...ink }: CanonicalDigit,
  preprocessing: Preprocessing,
  heavy: HeavyWork,
): Promise<BroughtImage> {
  return { pixels: await brought(asRaster(pixels), preprocessing, heavy), ink };
}

function asRaster(digit: Uint8Array): Raster {
  return { width: FRAME, height: FRAME, channels: 1, data: digit };
}

/** Under a contract of the first form sharp resizes, off this thread as well. */
async function brought(
  image: Raster,
  preprocessing: Preprocessing,
  heavy: HeavyWork,
): Promise<Uint8Array> {
  if (!isContractTwo(preprocessing)) {
    return finish(await resizeRaster(image, sizeFor(preprocessing)), preprocessing);
  }
  return samplesToFrame(image, preprocessing) > maxSamplesHere
    ? (await heavy.frame(image, preprocessing)).data
    : finish(image, preprocessing);
}

/** Pixels in the frame and with the channels that the contract asks for; under the first form they have its size. */
function finish(image: Raster, preprocessing: Preprocessing): Uint8Array {
  if (isContractTwo(preprocessing)) return frameRaster(image, preprocessing).data;
  const coloured = preprocessing.channels === 1 ? toGrey(image) : toColour(image);
  return fitRaster(coloured, preprocessing).data;
}
