import { parentPort } from 'node:worker_threads';
import { canonicalise, type CanonicalDigit } from './handwriting/canonicalise.ts';
import type { Raster } from './raster.ts';
import type { Reply } from './worker-pool.ts';

/** The thread that finds ink: one raster in, one digit out. */
parentPort?.on('message', (image: Raster) => {
  parentPort?.postMessage(answer(image), []);
});

function answer(image: Raster): Reply<CanonicalDigit> {
  try {
    return { value: canonicalise(image) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
