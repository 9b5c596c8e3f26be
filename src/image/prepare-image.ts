import { houseAccount, type Account, type Release } from '../account.ts';
import { throwIfCancelled, type CancelSignal } from '../cancellation.ts';
import { errors } from '../errors.ts';
import type { Flow } from '../fair-queue.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { isContractTwo, stepsOf } from '../preprocessing/steps.ts';
import { alphaRuleOf } from './alpha.ts';
import { keepsAlpha } from './framing/bring-rgba.ts';
import { brightnessOf } from './brightness.ts';
import {
  bringToContract,
  keepAsItIs,
  type ExaminedImage,
  type HeavyWork,
} from './bring-to-contract.ts';
import { decodeImage, type DecodeOptions, type ImageLimits } from './decode-image.ts';
import { createDecodeTurns, type DecodeTurnsOptions } from './turns/decode-turns.ts';
import { examineJpeg, readJpegPage } from './examine-jpeg.ts';
import { bytesToFrame, samplesIn } from './framing/frame-raster.ts';
import { openImageThreads } from './image-threads.ts';
import { normalised, type Layout, type PreparedExample } from './prepare-pixels.ts';
import { provenanceOf, type FileFacts } from './provenance.ts';
import type { Raster, RasterSize } from './raster.ts';
import { shrunkSize, sizeFor, wholeSize, workingSize } from './resize.ts';
import { readImageFile, type PreparedPage } from './read-image-file.ts';
import { readSmallPng } from './small-png.ts';
import { sniffFormat, type ImageFormat } from './sniff-format.ts';

export type { ExaminedImage } from './bring-to-contract.ts';
export type { ImageLimits } from './decode-image.ts';

/**
 * Encoded images in, what a model takes out. Bounded; the heavy parts run off the event loop, and the accounts that
 * images are prepared for take turns.
 */
export interface ImagePreparer {
  /** How many images wait for their turn. */
  readonly depth: number;
  /** About how long one more image of the flow would wait for its turn. */
  waitMs(flow: Flow): number;
  /** One normalised example in the model's layout. */
  prepare(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    layout: Layout,
    signal?: CancelSignal,
    account?: Account,
  ): Promise<Float32Array>;
  /**
   * The same example, and what was found out about its ink and its file on the way; at once where that takes nobody else, as
   * for a small PNG.
   */
  prepareWithInk(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    layout: Layout,
    signal?: CancelSignal,
    account?: Account,
  ): PreparedExample | Promise<PreparedExample>;
  /** The same before normalisation: 8-bit HWC pixels, what a row of a dataset holds. */
  pixels(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    signal?: CancelSignal,
    account?: Account,
  ): Promise<Uint8Array>;
  /** The same pixels, and what was found out about the ink and the file on the way. */
  examine(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    signal?: CancelSignal,
    account?: Account,
  ): Promise<ExaminedImage>;
  /** Every digit of a picture, as an example of the model, where its contract is one of handwriting. */
  readPage(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    layout: Layout,
    signal?: CancelSignal,
    account?: Account,
  ): Promise<PreparedPage>;
  /** Finishes what was accepted, refuses what is new (GLIMPSE_DRAINING), stops the threads. */
  close(): Promise<void>;
}

export interface ImagePreparerOptions extends DecodeTurnsOptions {
  /** Threads that look for ink, and as many that read JPEGs and enlarge images. */
  readonly threads: number;
  /** Digits that one picture may hold where all of them are read, 64 by default. */
  readonly maxDigits?: number;
}

export function createImagePreparer(options: ImagePreparerOptions): ImagePreparer {
  const { limits, maxDigits = 64 } = options;
  const threads = openImageThreads(options.threads, limits.maxPixels);
  const turns = createDecodeTurns(options, threads);
  let isClosed = false;

  const examine: Examine = (bytes, preprocessing, signal, account = houseAccount) => {
    if (isClosed) throw new errors.GLIMPSE_DRAINING();
    throwIfCancelled(signal);
    const format = checkedFormat(bytes, limits);
    const started = performance.now();
    const small = format === 'png' ? readSmallPng(bytes, limits.maxPixels) : undefined;
    const ready = small && keepAsItIs(small, preprocessing);
    if (ready) {
      options.onWork?.({ decodeMs: performance.now() - started });
      const { pixels, ink } = ready;
      const original = sizeOf(small);
      return { pixels, ink, original, provenance: provenanceOf(plainPng, original, preprocessing) };
    }
    return turns.take({ bytes, format, started, signal, account }, (hold, heavy) =>
      examineFile({ bytes, format, small, preprocessing, limits, hold, heavy }),
    );
  };

  const readPage: ImagePreparer['readPage'] = async (...request) => {
    const [bytes, preprocessing, layout, signal, account = houseAccount] = request;
    if (isClosed) throw new errors.GLIMPSE_DRAINING();
    throwIfCancelled(signal);
    const format = checkedFormat(bytes, limits);
    const started = performance.now();
    return await turns.take({ bytes, format, started, signal, account }, (hold, heavy) =>
      readImageFile({ bytes, format, preprocessing, layout, limits, hold, heavy, maxDigits }),
    );
  };

  return {
    get depth() {
      return turns.waiting;
    },
    waitMs: (flow) => turns.waitMs(flow),
    readPage,
    examine: async (...request) => examine(...request),
    ...preparing(examine),
    async close() {
      isClosed = true;
      await turns.close().then(() => threads.close());
    },
  };
}

interface FileToExamine extends Pick<DecodeOptions, 'limits' | 'hold'> {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  /** Its pixels, where they were read already. */
  readonly small: Raster | undefined;
  readonly preprocessing: Preprocessing;
  readonly heavy: HeavyWork;
}

/** Off this thread: by libvips, or where it can be by a thread of ours alone. */
async function examineFile(file: FileToExamine): Promise<ExaminedImage> {
  const { bytes, format, small, preprocessing, limits, hold, heavy } = file;
  const ordinary =
    format === 'jpeg' && !keepsAlpha(preprocessing) && readJpegPage(bytes, preprocessing, limits);
  const examined = ordinary && (await examineJpeg(ordinary, preprocessing, hold, heavy));
  if (examined) return examined;
  const decoding = { limits, hold, ...decodingFor(preprocessing, format) };
  const decoded = small ? asDecoded(small) : await decodeImage(bytes, format, decoding);
  try {
    const { image, alpha, original } = decoded;
    const brought = await bringToContract(image, preprocessing, heavy, alpha);
    return { ...brought, original, provenance: provenanceOf(decoded, original, preprocessing) };
  } finally {
    decoded.release?.();
  }
}

/** What `readSmallPng` reads has neither profile nor transparency, and lacks nothing. */
const plainPng: FileFacts & { readonly release?: Release } = {
  format: 'png',
  isDamaged: false,
  hasProfile: false,
  isFlattened: false,
};

const asDecoded = (image: Raster) => ({
  image,
  alpha: undefined,
  original: sizeOf(image),
  ...plainPng,
});

const sizeOf = ({ width, height, channels }: Raster): RasterSize => ({ width, height, channels });

function checkedFormat(bytes: Uint8Array, { maxBytes }: ImageLimits): ImageFormat {
  if (bytes.length > maxBytes) {
    throw new errors.GLIMPSE_IMAGE_BYTES_TOO_LARGE(bytes.length, maxBytes);
  }
  return sniffFormat(bytes);
}

/** How an image is decoded for a contract: as a whole, or while it is resized by one of the first form or for ink. */
function decodingFor(
  preprocessing: Preprocessing,
  format: ImageFormat,
): Omit<DecodeOptions, 'limits' | 'hold'> {
  const steps = stepsOf(preprocessing);
  const { exif, icc, canonicalise } = steps;
  const isTwo = isContractTwo(preprocessing);
  const alpha = isTwo ? alphaRuleOf(steps) : preprocessing.alphaBackground;
  const asked = { exif, icc, alpha, resizeBytes: samplesIn };
  if (canonicalise !== 'none') return { ...asked, size: workingSize };
  if (!isTwo) return { ...asked, size: sizeFor(preprocessing) };
  const size = format === 'jpeg' ? shrunkSize(steps) : wholeSize;
  return { ...asked, size, resizeBytes: (image) => bytesToFrame(image, steps) };
}

type Examine = (
  ...request: Parameters<ImagePreparer['examine']>
) => ExaminedImage | Promise<ExaminedImage>;

/** What becomes of examined pixels. */
function preparing(examine: Examine): Pick<ImagePreparer, 'pixels' | 'prepare' | 'prepareWithInk'> {
  const prepareWithInk: ImagePreparer['prepareWithInk'] = (
    bytes,
    preprocessing,
    layout,
    signal,
    account,
  ) => {
    const examined = examine(bytes, preprocessing, signal, account);
    return examined instanceof Promise
      ? examined.then((image) => preparedOf(image, preprocessing, layout))
      : preparedOf(examined, preprocessing, layout);
  };
  return {
    prepareWithInk,
    pixels: async (...request) => (await examine(...request)).pixels,
    prepare: async (...request) => (await prepareWithInk(...request)).example,
  };
}

function preparedOf(
  { pixels, ink, provenance }: ExaminedImage,
  preprocessing: Preprocessing,
  layout: Layout,
): PreparedExample {
  const example = normalised(pixels, preprocessing, layout);
  return { example, ink, provenance, brightness: brightnessOf(pixels, preprocessing.channels) };
}
