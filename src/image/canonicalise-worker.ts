import type { PageRule } from '../preprocessing/steps.ts';
import { serveThread } from '../threads.ts';
import { openAssembly } from './assembly/open-assembly.ts';
import { canonicalise, type CanonicalDigit } from './handwriting/canonicalise.ts';
import { digitInJpeg } from './handwriting/digit-in-jpeg.ts';
import { plainLoops } from './handwriting/plain-loops.ts';
import { simdLoops } from './handwriting/simd-loops.ts';
import { readPage, type FoundLines } from './reading/read-page.ts';
import type { Raster } from './raster.ts';

/** What a digit is looked for in, and where in it. */
export type InkTask = { readonly page: PageRule } & (
  { readonly image: Raster } | { readonly jpeg: Uint8Array }
);

/** A page whose digits are all asked for, `most` of them. */
export interface PageTask {
  readonly image: Raster;
  readonly most: number;
}

export type InkResult = CanonicalDigit | { readonly lines: FoundLines } | undefined;

/** The program of the threads that find ink: one picture in, one digit out, or none for a JPEG that libvips has to read, or the lines of a page. */
await serveThread(() => {
  const assembly = openAssembly();
  const loops = assembly ? simdLoops(assembly) : plainLoops;
  return {
    handle(task: InkTask | PageTask): InkResult {
      if ('most' in task) return { lines: readPage(task.image, loops, task.most) };
      if (!('jpeg' in task)) return canonicalise(task.image, loops, task.page);
      return assembly && digitInJpeg(assembly, loops, task.jpeg, task.page);
    },
  };
});
