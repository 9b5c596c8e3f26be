import type { Release } from '../account.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { isContractTwo, pageRuleOf } from '../preprocessing/steps.ts';
import { bringDigit, type ExaminedImage, type HeavyWork } from './bring-to-contract.ts';
import type { ImageLimits } from './decode-image.ts';
import { readOrdinaryHead } from './framing/frame-jpeg.ts';
import { bytesToFrame } from './framing/frame-raster.ts';
import { pageBytes, readPageHead } from './handwriting/digit-in-jpeg.ts';
import { sizeOf } from './jpeg/scan-head.ts';
import { provenanceOf, type FileFacts } from './provenance.ts';
import type { RasterSize } from './raster.ts';
import { shrunkSize } from './resize.ts';

/** An ordinary JPEG that is read without libvips. */
export interface JpegPage {
  readonly size: RasterSize;
  /** The memory that it takes. */
  readonly bytes: number;
  /** Has it read where its digit is found, or where it is resized. */
  bring(heavy: HeavyWork): Promise<BroughtImage | undefined>;
}

type BroughtImage = Pick<ExaminedImage, 'pixels' | 'ink'>;

/** Undefined for every other file or contract, which takes the long way through libvips. */
export function readJpegPage(
  file: Uint8Array,
  preprocessing: Preprocessing,
  { maxPixels }: ImageLimits,
): JpegPage | undefined {
  const page =
    preprocessing.canonicalise === 'none'
      ? plainPage(file, preprocessing)
      : handwrittenPage(file, preprocessing);
  return page && page.size.width * page.size.height <= maxPixels ? page : undefined;
}

function handwrittenPage(file: Uint8Array, contract: Preprocessing): JpegPage | undefined {
  const head = readPageHead(file);
  if (!head) return undefined;
  const page = pageRuleOf(contract);
  return {
    size: sizeOf(head),
    bytes: file.length + pageBytes(head, file, page),
    async bring(heavy) {
      const digit = await heavy.findDigitInJpeg(file, head, page);
      return digit && bringDigit(digit, contract, heavy);
    },
  };
}

/** Under a contract of the first form, and where files of that size are shrunk while they are decoded, libvips resizes. */
function plainPage(file: Uint8Array, contract: Preprocessing): JpegPage | undefined {
  const ordinary = isContractTwo(contract) ? readOrdinaryHead(file, contract) : undefined;
  if (!ordinary || !isContractTwo(contract)) return undefined;
  const size = sizeOf(ordinary.head);
  if (shrunkSize(contract)(size.width, size.height)) return undefined;
  return {
    size,
    bytes: file.length + ordinary.bytes + bytesToFrame(size, contract),
    async bring(heavy) {
      const framed = await heavy.frameJpeg(file, ordinary, contract);
      return framed && { pixels: framed.data, ink: undefined };
    },
  };
}

/** Such a file has neither profile nor transparency, and lacks nothing. */
const plainJpeg: FileFacts = {
  format: 'jpeg',
  isDamaged: false,
  hasProfile: false,
  isFlattened: false,
};

/** Has the file read without libvips. Undefined where the data turns out not to be beyond doubt. */
export async function examineJpeg(
  page: JpegPage,
  preprocessing: Preprocessing,
  hold: (bytes: number) => Promise<Release>,
  heavy: HeavyWork,
): Promise<ExaminedImage | undefined> {
  const release = await hold(page.bytes);
  try {
    const brought = await page.bring(heavy);
    if (!brought) return undefined;
    const provenance = provenanceOf(plainJpeg, page.size, preprocessing);
    return { ...brought, provenance, original: page.size };
  } finally {
    release();
  }
}
