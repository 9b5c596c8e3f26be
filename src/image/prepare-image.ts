import { throwIfCancelled, type CancelSignal } from '../cancellation.ts';
import { createLimiter } from '../concurrency.ts';
import { entryBeside } from '../entry.ts';
import { errors } from '../errors.ts';
import type { Preprocessing } from '../signature.ts';
import { bringToContract, keepAsItIs, type ExaminedImage } from './bring-to-contract.ts';
import { decodeImage, type ImageLimits } from './decode-image.ts';
import type { CanonicalDigit } from './handwriting/canonicalise.ts';
import { setUpSharp } from './libvips.ts';
import { normalised, type Layout, type PreparedExample } from './prepare-pixels.ts';
import type { Raster } from './raster.ts';
import { sizeFor, workingSize } from './resize.ts';
import { readSmallPng } from './small-png.ts';
import { sniffFormat } from './sniff-format.ts';
import { createWorkerPool } from './worker-pool.ts';

export type { ExaminedImage } from './bring-to-contract.ts';
export type { ImageLimits } from './decode-image.ts';

/** Encoded images in, what a model takes out. Bounded; the heavy parts run off the event loop. */
export interface ImagePreparer {
  /** How many images wait for their turn. */
  readonly depth: number;
  /** One normalised example in the model's layout. */
  prepare(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    layout: Layout,
    signal?: CancelSignal,
  ): Promise<Float32Array>;
  /** The same example, and what was found out about its ink and its file on the way. */
  prepareWithInk(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    layout: Layout,
    signal?: CancelSignal,
  ): Promise<PreparedExample>;
  /** The same before normalisation: 8-bit HWC pixels, what a row of a dataset holds. */
  pixels(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    signal?: CancelSignal,
  ): Promise<Uint8Array>;
  /** The same pixels, and what was found out about the ink and the file on the way. */
  examine(
    bytes: Uint8Array,
    preprocessing: Preprocessing,
    signal?: CancelSignal,
  ): Promise<ExaminedImage>;
  /** Finishes what was accepted, refuses what is new (GLIMPSE_DRAINING), stops the threads. */
  close(): Promise<void>;
}

export interface ImagePreparerOptions {
  readonly limits: ImageLimits;
  /** Images worked on at once. */
  readonly concurrency: number;
  /** Images that may wait. */
  readonly queueSize: number;
  /** Threads that look for ink. */
  readonly threads: number;
  /** Told once for every image that was worked on, whether it succeeded or not. */
  onWork?(event: { decodeMs: number }): void;
}

export function createImagePreparer(options: ImagePreparerOptions): ImagePreparer {
  setUpSharp();
  const { limits, concurrency, queueSize } = options;
  const limiter = createLimiter({
    concurrency,
    queue: { size: queueSize, full: (waiting) => new errors.GLIMPSE_DECODE_QUEUE_FULL(waiting) },
  });
  const pool = createWorkerPool<Raster, CanonicalDigit>({
    entry: entryBeside(import.meta.url, 'canonicalise-worker'),
    does: 'looks for ink',
    threads: options.threads,
  });
  let isClosed = false;

  const examine: ImagePreparer['examine'] = async (bytes, preprocessing, signal) => {
    if (isClosed) throw new errors.GLIMPSE_DRAINING();
    throwIfCancelled(signal);
    if (bytes.length > limits.maxBytes) {
      throw new errors.GLIMPSE_IMAGE_BYTES_TOO_LARGE(bytes.length, limits.maxBytes);
    }
    const format = sniffFormat(bytes);
    const { exifRotation, alphaBackground: background, canonicalise } = preprocessing;
    const size = canonicalise === 'none' ? sizeFor(preprocessing) : workingSize;
    let started = performance.now();
    const reportWork = (): void => options.onWork?.({ decodeMs: performance.now() - started });

    const small = format === 'png' ? readSmallPng(bytes, limits.maxPixels) : undefined;
    const ready = small && keepAsItIs(small, preprocessing);
    if (ready) {
      reportWork();
      return { ...ready, isDamaged: false };
    }
    const work = async (): Promise<ExaminedImage> => {
      const decoding = { limits, exifRotation, background, size };
      const { image, isDamaged } = small
        ? { image: small, isDamaged: false }
        : await decodeImage(bytes, format, decoding);
      const brought = await bringToContract(image, preprocessing, (page) => pool.run(page, signal));
      return { ...brought, isDamaged };
    };
    return limiter.run(async () => {
      started = performance.now();
      return work().finally(reportWork);
    }, signal);
  };

  return {
    get depth() {
      return limiter.waiting;
    },
    examine,
    pixels: async (bytes, preprocessing, signal) =>
      (await examine(bytes, preprocessing, signal)).pixels,
    ...preparing(examine),
    async close() {
      isClosed = true;
      await limiter.close();
      await pool.close();
    },
  };
}

/** What becomes of examined pixels. */
function preparing(
  examine: ImagePreparer['examine'],
): Pick<ImagePreparer, 'prepare' | 'prepareWithInk'> {
  const prepareWithInk: ImagePreparer['prepareWithInk'] = async (
    bytes,
    preprocessing,
    layout,
    signal,
  ) => {
    const { pixels, ...found } = await examine(bytes, preprocessing, signal);
    return { example: normalised(pixels, preprocessing, layout), ...found };
  };
  return {
    prepareWithInk,
    prepare: async (...request) => (await prepareWithInk(...request)).example,
  };
}
