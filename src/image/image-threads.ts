import { strict as assert } from 'node:assert';
import type { CancelSignal } from '../cancellation.ts';
import { entryBeside } from '../entry.ts';
import { createWorkerPool, type WorkerPool } from '../worker-pool.ts';
import { openAssembly } from './assembly/open-assembly.ts';
import type { HeavyWork } from './bring-to-contract.ts';
import type { InkResult, InkTask, PageTask } from './canonicalise-worker.ts';
import { createDigitFinding, type InkWork } from './lone/find-digits.ts';
import { createJpegFraming, type PixelWork } from './lone/frame-jpegs.ts';
import { frameInBands, isForThread, refuseEndless } from './framing/frame-raster.ts';
import type { FrameTask } from './frame-worker.ts';
import type { CanonicalDigit } from './handwriting/canonicalise.ts';
import { simdLoops } from './handwriting/simd-loops.ts';
import { sizeOf } from './jpeg/scan-head.ts';
import { createLoneWork } from './lone/lone-work.ts';
import type { Raster } from './raster.ts';
import { pixelLoops } from './resampling/simd-filter.ts';

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
  const finding = createWorkerPool<InkTask | PageTask, InkResult>({
    entry: entryBeside(import.meta.url, 'canonicalise-worker'),
    does: 'looks for ink',
    threads,
    ahead: 1,
  });
  const framing = createWorkerPool<FrameTask, Raster | undefined>({
    entry: entryBeside(import.meta.url, 'frame-worker'),
    does: 'resizes images',
    threads,
    ahead: 1,
  });
  const here = pixelWorkHere();
  const alone = createLoneWork();
  const finds = findingOn(finding);
  const digits = createDigitFinding(finds, here, alone);
  const frameJpeg = createJpegFraming(framing, here, alone);
  return {
    workFor: (signal) => ({
      findDigit: (image, page) => digits.in(image, page, signal),
      findDigitInJpeg: (file, head, page) => digits.inJpeg(file, head, page, signal),
      readPage: (image, most) => finds.readPage(image, most, signal),
      frame: async (image, contract) => {
        refuseEndless(image, contract, maxPixels);
        const own = isForThread(image, contract) ? undefined : here();
        if (own) return frameInBands(image, contract, own.loops);
        const framed = await framing.run({ image, contract }, { signal });
        assert(framed, 'every raster can be brought into a frame: our bug');
        return framed;
      },
      async frameJpeg(file, ordinary, contract) {
        refuseEndless(sizeOf(ordinary.head), contract, maxPixels);
        return frameJpeg(file, ordinary, contract, signal);
      },
    }),
    async close() {
      await Promise.all([finding.close(), framing.close()]);
    },
  };
}

/** The tasks of a thread that finds ink, each with what comes of it. */
function findingOn(pool: WorkerPool<InkTask | PageTask, InkResult>) {
  return {
    async run(...request: Parameters<typeof pool.run>): Promise<CanonicalDigit | undefined> {
      const found = await pool.run(...request);
      assert(found === undefined || 'pixels' in found, 'a digit was asked for: our bug');
      return found;
    },
    async readPage(image: Raster, most: number, signal: CancelSignal | undefined) {
      const found = await pool.run({ image, most }, { signal });
      assert(found && 'lines' in found, 'lines were asked for: our bug');
      return found.lines;
    },
  };
}

/** What this thread has for pixels, opened when it is first asked for; nothing where there are no vectors. */
function pixelWorkHere(): () => (PixelWork & InkWork) | undefined {
  let opened: (PixelWork & InkWork) | 'nothing' | undefined;
  return () => {
    const assembly = opened ? undefined : openAssembly();
    opened ??= assembly
      ? { assembly, loops: pixelLoops(assembly), planes: simdLoops(assembly) }
      : 'nothing';
    return opened === 'nothing' ? undefined : opened;
  };
}
