import type { PageRule } from '../preprocessing/steps.ts';
import { serveThread } from '../threads.ts';
import { openAssembly } from './assembly/open-assembly.ts';
import { canonicalise, type CanonicalDigit } from './handwriting/canonicalise.ts';
import { digitInJpeg } from './handwriting/digit-in-jpeg.ts';
import { plainLoops } from './handwriting/plain-loops.ts';
import { simdLoops } from './handwriting/simd-loops.ts';
import type { Raster } from './raster.ts';

/** What a digit is looked for in, and where in it. */
export type InkTask = { readonly page: PageRule } & (
  { readonly image: Raster } | { readonly jpeg: Uint8Array }
);

/** The program of the threads that find ink: one picture in, one digit out, or none for a JPEG that libvips has to read. */
await serveThread(() => {
  const assembly = openAssembly();
  const loops = assembly ? simdLoops(assembly) : plainLoops;
  return {
    handle(task: InkTask): CanonicalDigit | undefined {
      if (!('jpeg' in task)) return canonicalise(task.image, loops, task.page);
      return assembly && digitInJpeg(assembly, loops, task.jpeg, task.page);
    },
  };
});
