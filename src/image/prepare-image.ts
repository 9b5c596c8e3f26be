import { entryBeside } from '../entry.ts';
import { errors } from '../errors.ts';
import type { Preprocessing } from '../signature.ts';
import { decodeImage, setUpSharp, type ImageLimits } from './decode-image.ts';
import { createWorkQueue } from './work-queue.ts';
import { fitRaster } from './fit-raster.ts';
import { takeFromFrame, type CanonicalDigit } from './handwriting/canonicalise.ts';
import { FRAME } from './handwriting/mnist-frame.ts';
import { normalise, type Layout } from './prepare-pixels.ts';
import { toColour, toGrey, type Raster } from './raster.ts';
import { resizeRaster, sizeFor, workingSize } from './resize.ts';
import { sniffFormat, type ImageFormat } from './sniff-format.ts';
import { createWorkerPool } from './worker-pool.ts';

export type { ImageLimits } from './decode-image.ts';

/** Encoded images in, what a model takes out. Bounded; the heavy parts run off the event loop. */
export interface ImagePreparer {
  /** One normalised example in the model's layout. */
  prepare(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    layout: Layout,
    signal?: AbortSignal,
  ): Promise<Float32Array>;
  /** The same before normalisation: 8-bit HWC pixels, what a row of a dataset holds. */
  pixels(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** The same pixels, and what was found out about the ink on the way. */
  examine(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    signal?: AbortSignal,
  ): Promise<ExaminedImage>;
  /** Finishes what was accepted, refuses what is new, stops the threads. */
  close(): Promise<void>;
}

export interface ExaminedImage {
  readonly pixels: Uint8Array;
  /** Only when the contract asks to canonicalise. */
  readonly ink: InkReport | undefined;
}

export type InkReport = Omit<CanonicalDigit, 'pixels'>;

export interface ImagePreparerOptions {
  readonly limits: ImageLimits;
  /** Images worked on at once. */
  readonly concurrency: number;
  /** Images that may wait. */
  readonly queueSize: number;
  /** Threads that canonicalise. */
  readonly threads: number;
  onWork?(event: { decodeMs: number }): void;
}

export function createImagePreparer(options: ImagePreparerOptions): ImagePreparer {
  setUpSharp();
  const queue = createWorkQueue(options);
  const pool = createWorkerPool<Raster, CanonicalDigit>({
    entry: entryBeside(import.meta.url, 'canonicalise-worker'),
    threads: options.threads,
  });

  /** The digit of an image; only images that do not stand in MNIST's frame cost a thread anything. */
  const findDigit = async (image: Raster, signal?: AbortSignal): Promise<CanonicalDigit> =>
    takeFromFrame(image) ?? pool.run(image, signal);

  const work = async (
    bytes: Uint8Array,
    format: ImageFormat,
    preprocessing: Preprocessing,
    signal?: AbortSignal,
  ): Promise<ExaminedImage> => {
    const { limits } = options;
    const { exifRotation, alphaBackground: background, canonicalise } = preprocessing;
    const size = canonicalise === 'none' ? sizeFor(preprocessing) : workingSize;
    const image = await decodeImage(bytes, format, { limits, exifRotation, background, size });
    if (canonicalise === 'none') return { pixels: finish(image, preprocessing), ink: undefined };
    const { pixels, ...ink } = await findDigit(image, signal);
    const digit: Raster = { width: FRAME, height: FRAME, channels: 1, data: pixels };
    const resized = await resizeRaster(digit, sizeFor(preprocessing));
    return { pixels: finish(resized, preprocessing), ink };
  };

  const examine: ImagePreparer['examine'] = async (bytes, preprocessing, signal) => {
    const { maxBytes } = options.limits;
    if (bytes.length > maxBytes) {
      throw new errors.GLIMPSE_IMAGE_BYTES_TOO_LARGE(bytes.length, maxBytes);
    }
    const format = sniffFormat(bytes);
    return queue.run(async () => {
      const started = performance.now();
      try {
        return await work(bytes, format, preprocessing, signal);
      } finally {
        options.onWork?.({ decodeMs: performance.now() - started });
      }
    }, signal);
  };

  return {
    examine,
    pixels: async (bytes, preprocessing, signal) =>
      (await examine(bytes, preprocessing, signal)).pixels,
    async prepare(bytes, preprocessing, layout, signal) {
      const { pixels } = await examine(bytes, preprocessing, signal);
      const example = new Float32Array(pixels.length);
      normalise(pixels, preprocessing, layout, example);
      return example;
    },
    async close() {
      await queue.close();
      await pool.close();
    },
  };
}

/** Resized pixels in the frame and with the channels that the contract asks for. */
function finish(image: Raster, preprocessing: Preprocessing): Uint8Array {
  const coloured = preprocessing.channels === 1 ? toGrey(image) : toColour(image);
  return fitRaster(coloured, preprocessing).data;
}
