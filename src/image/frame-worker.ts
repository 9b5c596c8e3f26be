import type { ContractTwo } from '../preprocessing/contract-two.ts';
import { serveThread } from '../threads.ts';
import { frameRaster } from './framing/frame-raster.ts';
import type { Raster } from './raster.ts';

/** An image of many pixels, and the contract that they are resized by. */
export interface FrameTask {
  readonly image: Raster;
  readonly contract: ContractTwo;
}

/** The program of the threads that resize large images: one raster in, one in the frame of its contract out. */
await serveThread(() => ({
  handle: ({ image, contract }: FrameTask): Raster => frameRaster(image, contract),
}));
