import { strict as assert } from 'node:assert';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { errors, isGlimpseError, messageOf, withDetails } from '../errors.ts';
import type { Raster } from './raster.ts';
import type { Size } from './resize.ts';
import type { ImageFormat } from './sniff-format.ts';
import { endsEarly } from './truncation.ts';

export interface ImageLimits {
  readonly maxBytes: number;
  /** Width times height, read from the header before a pixel is decoded. */
  readonly maxPixels: number;
  /** Of an animation; only its first frame is ever decoded. */
  readonly maxFrames: number;
}

export interface DecodeOptions {
  readonly limits: ImageLimits;
  readonly exifRotation: boolean;
  /** Grey level under transparency. */
  readonly background: number;
  readonly size: Size;
}

let isSetUp = false;

/**
 * libvips with one thread an image (the queue above it is what bounds work), no cache (images do not come
 * back), and only the loaders of the formats we sniff: nothing else can be opened in this process. All of
 * it is the process's own state, so it is done once: for a moment no loader works at all.
 */
export function setUpSharp(): void {
  if (isSetUp) return;
  isSetUp = true;
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map(
      (loader) => `VipsForeignLoad${loader}Buffer`,
    ),
  });
}

/** Encoded bytes to 8-bit grey or RGB pixels of the wished size, upright and without transparency. */
export async function decodeImage(
  bytes: Uint8Array,
  format: ImageFormat,
  options: DecodeOptions,
): Promise<Raster> {
  try {
    const image = sharp(bytes, { failOn: 'error', limitInputPixels: false, pages: 1 });
    const header = await image.metadata();
    checkHeader(header, format, options.limits);
    return await decodePixels(image, header, options);
  } catch (error) {
    if (isGlimpseError(error)) throw error;
    if (endsEarly(format, bytes)) {
      throw withDetails(new errors.GLIMPSE_IMAGE_TRUNCATED(), { format }, error);
    }
    throw unreadable(format, reason(error), error);
  }
}

function checkHeader(header: Metadata, format: ImageFormat, limits: ImageLimits): void {
  const opened = header.format === 'heif' ? header.compression === 'av1' && 'avif' : header.format;
  if (opened !== format) throw unreadable(format, `its content is not ${format}`);
  const pixels = header.width * header.height;
  if (pixels > limits.maxPixels) {
    const { width, height } = header;
    throw withDetails(new errors.GLIMPSE_IMAGE_TOO_LARGE(pixels, limits.maxPixels), {
      width,
      height,
    });
  }
  const frames = header.pages ?? 1;
  if (frames > limits.maxFrames) {
    throw new errors.GLIMPSE_TOO_MANY_FRAMES(frames, limits.maxFrames);
  }
  if (header.depth !== 'uchar' && header.depth !== 'ushort') {
    throw unreadable(format, `its samples are ${header.depth}; 8 and 16 bit integers are read`);
  }
}

async function decodePixels(
  image: Sharp,
  header: Metadata,
  options: DecodeOptions,
): Promise<Raster> {
  const upright = options.exifRotation ? header.autoOrient : header;
  const size = options.size(upright.width, upright.height);
  if (options.exifRotation) image.autoOrient();
  if (header.hasAlpha) {
    const { background: level } = options;
    image.flatten({ background: { r: level, g: level, b: level } });
  }
  if (size) image.resize(size);
  const { data, info } = await image.toColourspace('srgb').raw().toBuffer({
    resolveWithObject: true,
  });
  const { width, height, channels } = info;
  assert(channels === 1 || channels === 3, `${channels} channels after flattening: our bug`);
  assert(data.length === width * height * channels, 'pixels do not fill their size: our bug');
  return { width, height, channels, data };
}

function unreadable(format: ImageFormat, why: string, cause?: unknown): Error {
  return withDetails(new errors.GLIMPSE_IMAGE_UNREADABLE(why), { format }, cause);
}

/** The first line of libvips' complaint, without the part that is the same for all. */
function reason(error: unknown): string {
  const [line = ''] = messageOf(error).split('\n');
  const short = line.replace(
    /^Input buffer (has corrupt header|contains unsupported image \w+)\W*/,
    '',
  );
  return short.slice(0, 200) || 'its header is broken';
}
