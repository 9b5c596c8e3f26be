import { errors } from '../errors.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { isContractTwo, stepsOf } from '../preprocessing/steps.ts';
import { alphaRuleOf } from './alpha.ts';
import { bringDigit, type HeavyWork } from './bring-to-contract.ts';
import { brightnessOf } from './brightness.ts';
import { decodeImage, type DecodeOptions } from './decode-image.ts';
import type { Box } from './handwriting/plane-loops.ts';
import { normalised, type Layout, type PreparedExample } from './prepare-pixels.ts';
import { provenanceOf, type Provenance } from './provenance.ts';
import type { RasterSize } from './raster.ts';
import { roomForPage, type FoundDigit, type FoundLine } from './reading/read-page.ts';
import { readingSize } from './resize.ts';
import type { ImageFormat } from './sniff-format.ts';

/** A digit of a page as an example of the model, and where it stands in the picture as it came in, upright. */
export interface PreparedDigit extends PreparedExample {
  readonly box: Box;
}

/** A page whose digits are examples of the model. */
export interface PreparedPage {
  readonly original: RasterSize;
  readonly provenance: Provenance;
  readonly lines: readonly PreparedLine[];
}

export interface PreparedLine extends Pick<FoundLine, 'signs'> {
  readonly digits: readonly PreparedDigit[];
}

interface PageFile extends Pick<DecodeOptions, 'limits' | 'hold'> {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly preprocessing: Preprocessing;
  readonly layout: Layout;
  readonly heavy: HeavyWork;
  readonly maxDigits: number;
}

/** Decodes a picture and prepares every digit of it; GLIMPSE_TOO_MANY_DIGITS where there are more than may be. */
export async function readImageFile(file: PageFile): Promise<PreparedPage> {
  const { bytes, format, preprocessing, limits, hold, heavy, maxDigits } = file;
  const { exif, icc, ...steps } = stepsOf(preprocessing);
  const alpha = isContractTwo(preprocessing)
    ? alphaRuleOf({ exif, icc, ...steps })
    : preprocessing.alphaBackground;
  const decoding = { limits, hold, exif, icc, alpha, size: readingSize, resizeBytes: roomForPage };
  const decoded = await decodeImage(bytes, format, decoding);
  try {
    const { image, original } = decoded;
    const lines = await heavy.readPage(image, maxDigits);
    if (lines === 'too many') throw new errors.GLIMPSE_TOO_MANY_DIGITS(maxDigits);
    const provenance = provenanceOf(decoded, original, preprocessing);
    const [x, y] = [original.width / image.width, original.height / image.height];
    const inPicture = (box: Box): Box => ({
      left: box.left * x,
      top: box.top * y,
      right: box.right * x,
      bottom: box.bottom * y,
    });
    const preparedOf = async ({ box, ifCut, ...digit }: FoundDigit): Promise<PreparedDigit> => {
      const canonical = { ...digit, isUntouched: false };
      const { pixels, ink } = await bringDigit(canonical, preprocessing, heavy);
      const example = normalised(pixels, preprocessing, file.layout);
      return {
        example,
        ink,
        provenance,
        brightness: brightnessOf(pixels, preprocessing.channels),
        box: inPicture(box),
        ...(ifCut && { ifCut }),
      };
    };
    const prepared = lines.map(async ({ digits, signs }) => ({
      digits: await Promise.all(digits.map(preparedOf)),
      signs: signs.map(({ sign, box }) => ({ sign, box: inPicture(box) })),
    }));
    return { original, provenance, lines: await Promise.all(prepared) };
  } finally {
    decoded.release();
  }
}
