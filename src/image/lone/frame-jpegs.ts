import type { CancelSignal } from '../../cancellation.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { WorkerPool } from '../../worker-pool.ts';
import type { Assembly } from '../assembly/open-assembly.ts';
import { frameJpeg, type OrdinaryJpeg } from '../framing/frame-jpeg.ts';
import { isForThread } from '../framing/frame-raster.ts';
import type { FrameTask } from '../frame-worker.ts';
import { isQuick, type LoneWork } from './lone-work.ts';
import { sizeOf } from '../jpeg/scan-head.ts';
import type { Raster } from '../raster.ts';
import type { PixelLoops } from '../resampling/pixel-loops.ts';

/** What a thread works on pixels with. */
export interface PixelWork {
  readonly assembly: Assembly;
  readonly loops: PixelLoops;
}

/** Brings ordinary JPEGs into the frame of their contract, undefined where the data of one is not beyond doubt. */
export function createJpegFraming(
  threads: Pick<WorkerPool<FrameTask, Raster | undefined>, 'run'>,
  here: () => PixelWork | undefined,
  alone: LoneWork,
) {
  return (
    file: Uint8Array,
    ordinary: OrdinaryJpeg,
    contract: ContractTwo,
    signal: CancelSignal | undefined,
  ): Promise<Raster | undefined> => {
    const size = sizeOf(ordinary.head);
    const isForHere = isQuick(size, file.length) && !isForThread(size, contract);
    const own = isForHere ? here() : undefined;
    return alone(
      own && (() => frameJpeg(own.assembly, own.loops, file, contract, ordinary)),
      () => {
        // A copy, as it moves to the thread: the file may be a part of something larger.
        const image = new Uint8Array(file);
        return threads.run({ image, contract }, { signal, transfer: [image.buffer] });
      },
    );
  };
}
