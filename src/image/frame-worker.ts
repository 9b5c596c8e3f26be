import type { ContractTwo } from '../preprocessing/contract-two.ts';
import { serveThread } from '../threads.ts';
import { openAssembly } from './assembly/open-assembly.ts';
import { frameJpeg } from './framing/frame-jpeg.ts';
import { frameRaster } from './framing/frame-raster.ts';
import type { Raster } from './raster.ts';
import { plainPixelLoops } from './resampling/pixel-loops.ts';
import { pixelLoops } from './resampling/simd-filter.ts';

/** An image of many pixels, or an ordinary JPEG, and the contract that it is resized by. */
export interface FrameTask {
  readonly image: Raster | Uint8Array;
  readonly contract: ContractTwo;
}

/**
 * The program of the threads that read and resize images: one in, one in the frame of its contract out, or none for a JPEG that
 * libvips has to read.
 */
await serveThread(() => {
  const assembly = openAssembly();
  const loops = assembly ? pixelLoops(assembly) : plainPixelLoops;
  return {
    handle({ image, contract }: FrameTask): Raster | undefined {
      if (!(image instanceof Uint8Array)) return frameRaster(image, contract, loops);
      return assembly && frameJpeg(assembly, loops, image, contract);
    },
  };
});
