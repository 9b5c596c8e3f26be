import { setImmediate } from 'node:timers/promises';
import type { CancelSignal } from '../cancellation.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import type { WorkerPool } from '../worker-pool.ts';
import type { Assembly } from './assembly/open-assembly.ts';
import { frameJpeg } from './framing/frame-jpeg.ts';
import { bandSamples, isForThread, samplesIn } from './framing/frame-raster.ts';
import type { FrameTask } from './frame-worker.ts';
import type { Raster, RasterSize } from './raster.ts';
import type { PixelLoops } from './resampling/pixel-loops.ts';

/** What a thread works on pixels with. */
export interface PixelWork {
  readonly assembly: Assembly;
  readonly loops: PixelLoops;
}

/** A longer file takes longer to decode than others should wait. */
const quickBytes = 128 * 1024;

const isQuick = (file: Uint8Array, size: RasterSize, contract: ContractTwo): boolean =>
  file.length <= quickBytes && samplesIn(size) <= bandSamples && !isForThread(size, contract);

/**
 * Brings ordinary JPEGs into the frame of their contract, undefined where the data of one is not beyond doubt. One that came alone and
 * takes a millisecond is read on this thread, as asking another takes a third of that; of several, threads have them, and
 * this one goes on answering.
 */
export function createJpegFraming(
  threads: Pick<WorkerPool<FrameTask, Raster | undefined>, 'run'>,
  here: () => PixelWork | undefined,
) {
  let asked = 0;
  return async (
    file: Uint8Array,
    size: RasterSize,
    contract: ContractTwo,
    signal: CancelSignal | undefined,
  ): Promise<Raster | undefined> => {
    asked += 1;
    try {
      // Whatever has arrived at the same time is asked for until then.
      await setImmediate();
      const own = asked === 1 && isQuick(file, size, contract) ? here() : undefined;
      if (own) return frameJpeg(own.assembly, own.loops, file, contract);
      // A copy, as it moves to the thread: the file may be a part of something larger.
      const image = new Uint8Array(file);
      return await threads.run({ image, contract }, { signal, transfer: [image.buffer] });
    } finally {
      asked -= 1;
    }
  };
}
