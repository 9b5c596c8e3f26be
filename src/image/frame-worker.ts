import type { ContractTwo } from '../preprocessing/contract-two.ts';
import { serveThread } from '../threads.ts';
import { frameRaster } from './framing/frame-raster.ts';
import { openPixelLoops } from './resampling/simd-filter.ts';
import type { Raster } from './raster.ts';

/** An image of many pixels, and the contract that they are resized by. */
export interface FrameTask {
  readonly image: Raster;
  readonly contract: ContractTwo;
}

/** The program of the threads that enlarge images: one raster in, one in the frame of its contract out. */
await serveThread(() => {
  const loops = openPixelLoops();
  return {
    handle: ({ image, contract }: FrameTask): Raster => frameRaster(image, contract, loops),
  };
});
