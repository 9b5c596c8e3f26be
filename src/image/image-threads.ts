import { strict as assert } from 'node:assert';
import type { CancelSignal } from '../cancellation.ts';
import { entryBeside } from '../entry.ts';
import { createWorkerPool } from '../worker-pool.ts';
import type { HeavyWork } from './bring-to-contract.ts';
import type { InkTask } from './canonicalise-worker.ts';
import { frameInBands, isForThread, refuseEndless } from './framing/frame-raster.ts';
import type { FrameTask } from './frame-worker.ts';
import type { CanonicalDigit } from './handwriting/canonicalise.ts';
import type { Raster } from './raster.ts';
import { plainPixelLoops, type PixelLoops } from './resampling/pixel-loops.ts';
import { openPixelLoops } from './resampling/simd-filter.ts';

/** The threads that take over what would hold up all others. They start when there is something for them. */
export interface ImageThreads {
  /** What they do for one image, or this thread where that is quicker. */
  workFor(signal: CancelSignal | undefined): HeavyWork;
  close(): Promise<void>;
}

/**
 * So many threads that look for ink, and as many that read JPEGs, enlarge, or resize where there are no vectors to do it with
 * here.
 */
export function openImageThreads(threads: number, maxPixels: number): ImageThreads {
  const finding = createWorkerPool<InkTask, CanonicalDigit | undefined>({
    entry: entryBeside(import.meta.url, 'canonicalise-worker'),
    does: 'looks for ink',
    threads,
  });
  const framing = createWorkerPool<FrameTask, Raster | undefined>({
    entry: entryBeside(import.meta.url, 'frame-worker'),
    does: 'resizes images',
    threads,
  });
  let loops: PixelLoops | undefined;
  return {
    workFor: (signal) => ({
      findDigit: (page) => finding.run(page, { signal }),
      findDigitInJpeg(file) {
        // A copy, as it moves to the thread: the file may be a part of something larger.
        const jpeg = Uint8Array.from(file);
        return finding.run({ jpeg }, { signal, transfer: [jpeg.buffer] });
      },
      frame: async (image, contract) => {
        refuseEndless(image, contract, maxPixels);
        loops ??= openPixelLoops();
        const isHere = loops !== plainPixelLoops && !isForThread(image, contract);
        if (isHere) return frameInBands(image, contract, loops);
        const framed = await framing.run({ image, contract }, { signal });
        assert(framed, 'every raster can be brought into a frame: our bug');
        return framed;
      },
      frameJpeg(file, size, contract) {
        refuseEndless(size, contract, maxPixels);
        const image = Uint8Array.from(file);
        return framing.run({ image, contract }, { signal, transfer: [image.buffer] });
      },
    }),
    async close() {
      await Promise.all([finding.close(), framing.close()]);
    },
  };
}
