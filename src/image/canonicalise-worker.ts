import { serveThread } from '../threads.ts';
import { canonicalise } from './handwriting/canonicalise.ts';

/** The program of the threads that find ink: one raster in, one digit out. */
await serveThread(() => ({ handle: canonicalise }));
