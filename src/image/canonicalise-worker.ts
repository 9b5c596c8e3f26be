import { serveThread } from '../threads.ts';
import { canonicalise } from './handwriting/canonicalise.ts';
import { openPlaneLoops } from './handwriting/simd-loops.ts';
import type { Raster } from './raster.ts';

/** The program of the threads that find ink: one raster in, one digit out. */
await serveThread(() => {
  const loops = openPlaneLoops();
  return { handle: (image: Raster) => canonicalise(image, loops) };
});
