import { strict as assert } from 'node:assert';
import type { Sharp } from 'sharp';
import { errors, isGlimpseError, messageOf, withDetails } from '../errors.ts';
import type { Release } from '../account.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import { decodeBytes } from './decode-price.ts';
import { alphaOf, withoutAlpha, type AlphaRule } from './alpha.ts';
import { plainJpegHead, type ImageHead } from './jpeg/plain-head.ts';
import { withoutQuirks } from './jpeg/quirks.ts';
import { noteError, openImage, watchJpeg } from './libvips.ts';
import type { FileFacts } from './provenance.ts';
import type { Raster, RasterSize } from './raster.ts';
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
  readonly exif: ContractTwo['exif'];
  readonly icc: ContractTwo['icc'];
  readonly alpha: AlphaRule;
  readonly size: Size;
  /** What resizing takes afterwards of an image that is decoded as a whole. */
  resizeBytes(image: RasterSize): number;
  /** Waits for the memory that decoding takes. */
  hold(bytes: number): Promise<Release>;
}

/** What a decoder made of an image. */
export interface DecodedImage extends Decoded, FileFacts {}

interface Decoded extends Pick<FileFacts, 'format' | 'hasProfile' | 'isFlattened'> {
  readonly image: Raster;
  /** Its alpha, where the contract keeps it and the file has one. */
  readonly alpha?: Raster | undefined;
  /** Its size in the file, upright. */
  readonly original: RasterSize;
  /** Gives back the memory of its pixels, once nobody needs them. */
  readonly release: Release;
}

/** Encoded bytes to 8-bit grey or RGB pixels of the wished size, upright and without transparency. */
export async function decodeImage(
  bytes: Uint8Array,
  format: ImageFormat,
  options: DecodeOptions,
): Promise<DecodedImage> {
  try {
    if (format === 'jpeg') return await decodeJpeg(bytes, options);
    if (format === 'gif') return await decodeGif(bytes, options);
    // The other decoders refuse lost pixels, and warn of anything else.
    return { isDamaged: false, ...(await decode(bytes, format, options)) };
  } catch (error) {
    if (isGlimpseError(error)) throw error;
    if (endsEarly(format, bytes)) throw truncated(format, error);
    throw unreadable(format, reason(error), error);
  }
}

/** libjpeg goes on past lost pixels and only warns of them. */
async function decodeJpeg(bytes: Uint8Array, options: DecodeOptions): Promise<DecodedImage> {
  const mended = withoutQuirks(bytes) ?? bytes;
  const { result: decoded, warned } = await watchJpeg(() => decode(mended, 'jpeg', options));
  const isDamaged = warned === 'yes' || (warned === 'perhaps' && !(await isWholeJpeg(mended)));
  // An end marker was added to it, but pixels are missing as well.
  if (isDamaged && endsEarly('jpeg', bytes)) {
    decoded.release();
    throw truncated('jpeg');
  }
  return { isDamaged, ...decoded };
}

/** How often a JPEG is decoded while the warnings may belong to another image. */
const MAX_DECODES = 3;

/**
 * Whether this JPEG is not the one, of all that are being decoded, of which libvips has warned. Told to, its
 * loader fails on every lost row but the last few, which it reads without looking back: where only those
 * may be lost, a quiet moment has to tell.
 */
async function isWholeJpeg(bytes: Uint8Array): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_DECODES; attempt += 1) {
    try {
      const { warned } = await watchJpeg(() => readEveryRow(bytes));
      if (warned !== 'perhaps') return warned === 'no';
    } catch {
      return false;
    }
  }
  return true;
}

async function readEveryRow(bytes: Uint8Array): Promise<void> {
  const image = await openImage(bytes, { ...leniently, failOn: 'warning' });
  const { width, height } = await image.metadata();
  // Cut out whole, it is not shrunk while it loads.
  const rows = image.extract({ left: 0, top: 0, width, height });
  await rows.resize({ width: 16, height: 16, fit: 'fill' }).raw().toBuffer();
}

/** A frame that cannot be what it was is drawn as far as it goes, unless warnings are errors. */
async function decodeGif(bytes: Uint8Array, options: DecodeOptions): Promise<DecodedImage> {
  try {
    return { isDamaged: false, ...(await decode(bytes, 'gif', options, 'warning')) };
  } catch (error) {
    if (isGlimpseError(error)) throw error;
    noteError(error);
    return { isDamaged: true, ...(await decode(bytes, 'gif', options)) };
  }
}

const leniently = { failOn: 'error', limitInputPixels: false, pages: 1 } as const;

async function decode(
  bytes: Uint8Array,
  format: ImageFormat,
  options: DecodeOptions,
  failOn: 'error' | 'warning' = 'error',
): Promise<Decoded> {
  const image = await openImage(bytes, {
    ...leniently,
    failOn,
    ignoreIcc: options.icc === 'ignore',
  });
  const plain = format === 'jpeg' ? plainJpegHead(bytes) : undefined;
  const header = plain ?? (await image.metadata());
  checkHeader(header, format, options.limits);
  const { width, height } = options.exif === 'apply' ? header.autoOrient : header;
  const isWhole = options.size(width, height) === undefined;
  // One channel is grey, and a second one beside it is transparency.
  const original: RasterSize = { width, height, channels: header.channels < 3 ? 1 : 3 };
  const resizeBytes = isWhole ? options.resizeBytes(original) : undefined;
  const release = await options.hold(decodeBytes(header, format, resizeBytes));
  try {
    const { raster, alpha } = await decodePixels(image, header, options);
    // What was resized while it was decoded is little; the decoder needed the rest.
    if (!isWhole) release();
    return {
      image: raster,
      alpha,
      original,
      format,
      // libvips leaves 16-bit grey as it is.
      hasProfile: header.hasProfile && header.space !== 'grey16',
      isFlattened: header.hasAlpha && options.alpha !== 'keep',
      release: isWhole ? release : () => {},
    };
  } catch (error) {
    release();
    throw error;
  }
}

function checkHeader(header: ImageHead, format: ImageFormat, limits: ImageLimits): void {
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
  header: ImageHead,
  options: DecodeOptions,
): Promise<{ readonly raster: Raster; readonly alpha?: Raster }> {
  const upright = options.exif === 'apply' ? header.autoOrient : header;
  const size = options.size(upright.width, upright.height);
  if (options.exif === 'apply') image.autoOrient();
  const { alpha } = options;
  if (header.hasAlpha && typeof alpha === 'number') {
    image.flatten({ background: { r: alpha, g: alpha, b: alpha } });
  }
  if (size) image.resize(size);
  const { data, info } = await image.toColourspace('srgb').raw().toBuffer({
    resolveWithObject: true,
  });
  const { width, height, channels } = info;
  assert(data.length === width * height * channels, 'pixels do not fill their size: our bug');
  if (channels === 1 || channels === 3) return { raster: { width, height, channels, data } };
  assert(typeof alpha !== 'number', `${channels} channels after flattening: our bug`);
  assert(channels === 2 || channels === 4, `${channels} channels: our bug`);
  const decoded = { width, height, channels, data };
  const raster = withoutAlpha(decoded, alpha);
  return alpha === 'keep' ? { raster, alpha: alphaOf(decoded) } : { raster };
}

function truncated(format: ImageFormat, cause?: unknown): Error {
  return withDetails(new errors.GLIMPSE_IMAGE_TRUNCATED(), { format }, cause);
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
