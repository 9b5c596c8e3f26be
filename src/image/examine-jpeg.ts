import type { Release } from '../account.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { bringDigit, type ExaminedImage, type HeavyWork } from './bring-to-contract.ts';
import type { ImageLimits } from './decode-image.ts';
import { pageBytes, readPageHead } from './handwriting/digit-in-jpeg.ts';
import type { JpegHead } from './jpeg/scan-head.ts';
import { provenanceOf, type FileFacts } from './provenance.ts';
import type { RasterSize } from './raster.ts';

/** An ordinary JPEG in which a digit is to be looked for. */
export interface JpegPage {
  readonly file: Uint8Array;
  readonly head: JpegHead;
}

/** Undefined for every other file or contract, which takes the long way through libvips. */
export function readJpegPage(
  file: Uint8Array,
  { canonicalise }: Preprocessing,
  { maxPixels }: ImageLimits,
): JpegPage | undefined {
  const head = canonicalise === 'none' ? undefined : readPageHead(file);
  return head && head.width * head.height <= maxPixels ? { file, head } : undefined;
}

/** Such a file has neither profile nor transparency, and lacks nothing. */
const plainJpeg: FileFacts = {
  format: 'jpeg',
  isDamaged: false,
  hasProfile: false,
  isFlattened: false,
};

/**
 * Has the lightness of the file read where its digit is found, without libvips and without its colours. Undefined where the
 * data turns out not to be beyond doubt.
 */
export async function examineJpeg(
  { file, head }: JpegPage,
  preprocessing: Preprocessing,
  hold: (bytes: number) => Promise<Release>,
  heavy: HeavyWork,
): Promise<ExaminedImage | undefined> {
  const release = await hold(file.length + pageBytes(head, file));
  try {
    const digit = await heavy.findDigitInJpeg(file);
    if (!digit) return undefined;
    const { width, height, components } = head;
    const original: RasterSize = { width, height, channels: components.length === 1 ? 1 : 3 };
    const provenance = provenanceOf(plainJpeg, original, preprocessing);
    return { ...(await bringDigit(digit, preprocessing, heavy)), provenance, original };
  } finally {
    release();
  }
}
