import { learnt } from '../account.ts';
import { errors, withDetails } from '../errors.ts';
import type { Metadata } from 'sharp';
import { FIRST, isFrame, segmentAt } from './jpeg/segments.ts';
import type { ImageFormat } from './sniff-format.ts';

/** How long images take to decode: learnt from those that were, so that the next can be told their price. */
export interface DecodePrices {
  /** Expected milliseconds, by what the header says of the size. */
  expectedMs(bytes: Uint8Array, format: ImageFormat): number;
  /** What decoding it has really taken. */
  learn(bytes: Uint8Array, format: ImageFormat, ms: number): void;
}

/** Nanoseconds a pixel before anything was measured, on a fast core: nobody is refused for a guess. */
const firstRates: Readonly<Record<ImageFormat, number>> = {
  png: 3,
  jpeg: 2,
  webp: 8,
  gif: 5,
  avif: 20,
  tiff: 3,
};
/** Smaller images cost what looking at any image costs, whatever their pixels. */
const smallPixels = 100_000;
const nsPerMs = 1e6;

/** An image whose header says no size is priced as one of `maxPixels`. */
export function createDecodePrices(maxPixels: number): DecodePrices {
  const rates = { ...firstRates };
  let baseMs = 1;
  const pixelsOf = (bytes: Uint8Array, format: ImageFormat): number =>
    Math.min(pixelsIn(bytes, format) ?? maxPixels, maxPixels);
  return {
    expectedMs: (bytes, format) => baseMs + (pixelsOf(bytes, format) * rates[format]) / nsPerMs,
    learn(bytes, format, ms) {
      const pixels = pixelsOf(bytes, format);
      if (pixels < smallPixels) baseMs = learnt(baseMs, Math.min(ms, 20));
      else rates[format] = learnt(rates[format], (Math.max(0, ms - baseMs) * nsPerMs) / pixels);
    },
  };
}

/** Width times height as the header says, without a decoder; undefined where it is not found at once. */
export function pixelsIn(bytes: Uint8Array, format: ImageFormat): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return sizes[format](file);
  } catch {
    // It ends before its size.
    return undefined;
  }
}

const sizes: Readonly<Record<ImageFormat, (file: Buffer) => number | undefined>> = {
  png: (file) => file.readUInt32BE(16) * file.readUInt32BE(20),
  gif: (file) => file.readUInt16LE(6) * file.readUInt16LE(8),
  jpeg: pixelsOfJpeg,
  webp: pixelsOfWebp,
  avif: pixelsOfAvif,
  tiff: pixelsOfTiff,
};

/** No JPEG has more segments before its size, comments and thumbnails included, unless it is made to annoy. */
const maxSegments = 1_000;

function pixelsOfJpeg(file: Buffer): number | undefined {
  for (let at = FIRST, seen = 0; seen < maxSegments; seen += 1) {
    const segment = segmentAt(file, at);
    if (typeof segment === 'string') return undefined;
    const { marker, body, end } = segment;
    if (isFrame(marker)) return file.readUInt16BE(body + 1) * file.readUInt16BE(body + 3);
    at = end;
  }
  return undefined;
}

function pixelsOfWebp(file: Buffer): number | undefined {
  const kind = file.toString('latin1', 12, 16);
  if (kind === 'VP8X') return (file.readUIntLE(24, 3) + 1) * (file.readUIntLE(27, 3) + 1);
  if (kind === 'VP8 ') return (file.readUInt16LE(26) & 0x3fff) * (file.readUInt16LE(28) & 0x3fff);
  if (kind !== 'VP8L') return undefined;
  const bits = file.readUInt32LE(21);
  return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
}

/** The largest of the sizes that its properties name: those of thumbnails and tiles are smaller. */
function pixelsOfAvif(file: Buffer): number | undefined {
  const head = file.subarray(0, 64 * 1024);
  let most: number | undefined;
  for (let at = head.indexOf('ispe'); at !== -1; at = head.indexOf('ispe', at + 4)) {
    most = Math.max(most ?? 0, head.readUInt32BE(at + 8) * head.readUInt32BE(at + 12));
  }
  return most;
}

function pixelsOfTiff(file: Buffer): number | undefined {
  const isLittle = file[0] === 0x49;
  const short = (at: number): number => (isLittle ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const long = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  if (short(2) !== 42) return undefined;
  const directory = long(4);
  const found: Partial<Record<number, number>> = {};
  for (let i = 0; i < short(directory); i += 1) {
    const at = directory + 2 + 12 * i;
    found[short(at)] = short(at + 2) === 3 ? short(at + 8) : long(at + 8);
  }
  const [width, height] = [found[256], found[257]];
  return width === undefined || height === undefined ? undefined : width * height;
}

type DecodedHead = Pick<
  Metadata,
  'width' | 'height' | 'channels' | 'depth' | 'isProgressive' | 'hasAlpha' | 'orientation'
>;

/** What a decoder keeps of an image at once, as a share of all its samples or of its rows. */
const decoderMemory = { streamedRows: 512, fixedBytes: 2 * 1024 * 1024 };

/**
 * The memory that decoding takes, by the opened header. PNG, baseline JPEG and TIFF in strips come row by row; what is
 * interlaced, progressive, to be turned or packed as a whole is held whole, once by its decoder and once as samples.
 * Samples that are resized afterwards, which takes `resizeBytes`, are held whole whatever the file is, and once more
 * without their transparency.
 */
export function decodeBytes(
  header: DecodedHead,
  format: ImageFormat,
  resizeBytes?: number,
): number {
  const { width, height, channels, isProgressive, hasAlpha, orientation = 1 } = header;
  const rowBytes = width * channels * (header.depth === 'ushort' ? 2 : 1);
  const isStreamed = (format === 'png' || format === 'jpeg') && !isProgressive && orientation === 1;
  const rows = isStreamed ? Math.min(height, decoderMemory.streamedRows) : 2 * height;
  const sampleBytes = width * height * channels * (hasAlpha ? 2 : 1);
  const wholeBytes = resizeBytes === undefined ? 0 : sampleBytes + resizeBytes;
  return decoderMemory.fixedBytes + rowBytes * rows + wholeBytes;
}

/** How one more image is refused where so many wait. */
export function queueFull(waiting: number, retryAfterMs: number): Error {
  const error = new errors.GLIMPSE_DECODE_QUEUE_FULL(waiting);
  // Until something was measured nobody knows, and the usual wait is told.
  return retryAfterMs > 0 ? withDetails(error, { retryAfterMs: Math.ceil(retryAfterMs) }) : error;
}

/** Whose turn would come after its deadline is told so before others wait for what nobody will read. */
export function refuseIfTooLate(waitMs: number, deadline: number): void {
  const leftMs = deadline - performance.now();
  if (waitMs <= leftMs || leftMs <= 0) return;
  const retryAfterMs = Math.ceil(waitMs);
  throw withDetails(new errors.GLIMPSE_WAIT_TOO_LONG(retryAfterMs), { retryAfterMs });
}
