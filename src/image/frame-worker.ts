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

/** The memory of loops has the size of the largest image they have seen: they are opened anew after a huge one. */
const keptBytes = 8 * 1024 * 1024;

/** The program of the threads that resize large images: one raster in, one in the frame of its contract out. */
await serveThread(() => {
  let loops = openPixelLoops();
  return {
    handle({ image, contract }: FrameTask): Raster {
      const framed = frameRaster(image, contract, loops);
      if (image.data.length > keptBytes) loops = openPixelLoops();
      return framed;
    },
  };
});
