import type { Sharp, SharpInput, SharpOptions } from 'sharp';
import { messageOf } from '../errors.ts';

type SharpModule = typeof import('sharp').default;

let loading: Promise<SharpModule> | undefined;

/**
 * libvips, loaded with the first image that needs it: that takes 50 ms and 20 MiB, and small PNGs, a server's own golden samples
 * among them, need none.
 */
function sharpModule(): Promise<SharpModule> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    setUp(sharp);
    return sharp;
  });
  return loading;
}

/**
 * One thread an image (the queue above it is what bounds work), no cache (images do not come back), and only the loaders of the
 * formats we sniff: nothing else can be opened in this process. All of it is the process's own state, so it is done
 * once: for a moment no loader works at all.
 */
function setUp(sharp: SharpModule): void {
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map(
      (loader) => `VipsForeignLoad${loader}Buffer`,
    ),
  });
}

/** What libvips said while a JPEG was worked on: its list of warnings is one for all images. */
export type Warned = 'no' | 'yes' | 'perhaps';

const jpegs = { warned: 0, started: 0, active: 0 };

/**
 * Work on one JPEG, and whether libvips warned of that file. Whichever image is ready first hands on the
 * warnings of all, so a warning is surely of this one only when no other was worked on in the meantime.
 */
export async function watchJpeg<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly warned: Warned }> {
  jpegs.started += 1;
  jpegs.active += 1;
  const { warned, started, active } = jpegs;
  try {
    const result = await work();
    const isAlone = active === 1 && jpegs.started === started;
    return { result, warned: jpegs.warned === warned ? 'no' : isAlone ? 'yes' : 'perhaps' };
  } catch (error) {
    noteError(error);
    throw error;
  } finally {
    jpegs.active -= 1;
  }
}

/** Every image of this process is opened here, because each may get the warnings of another. */
export async function openImage(input: SharpInput, options: SharpOptions): Promise<Sharp> {
  const sharp = await sharpModule();
  return sharp(input, options).on('warning', noteWarning);
}

/** libvips' warnings may also end up in the error of another image. */
export function noteError(error: unknown): void {
  noteWarning(messageOf(error));
}

/** What its JPEG loader says when it closes a file that libjpeg had warned of. */
function noteWarning(message: string): void {
  if (/read gave \d+ warnings/.test(message)) jpegs.warned += 1;
}
