import { toGrey, type Raster } from '../raster.ts';
import { filterRaster } from './filter-raster.ts';
import type { WeighingKernel } from './kernels.ts';

/** The loops over all pixels of an image that is resized, by whatever a machine has for them. */
export interface PixelLoops {
  /** `toGrey` of raster.ts. */
  grey(raster: Raster): Raster;
  /** `filterRaster` of filter-raster.ts. */
  filter(raster: Raster, width: number, height: number, kernel: WeighingKernel): Raster;
}

/** One pixel at a time: for small images, and where there is nothing better. */
export const plainPixelLoops: PixelLoops = { grey: toGrey, filter: filterRaster };
