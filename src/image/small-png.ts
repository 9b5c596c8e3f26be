import { crc32 } from 'node:zlib';
import { inflate } from './inflate.ts';
import type { Raster } from './raster.ts';

/** PNG files of at most this many pixels are read here, on the calling thread, in well under 0.1 ms. */
const MAX_PIXELS = 64 * 64;
/** No small image needs more; a longer file carries something unusual. */
const MAX_BYTES = 64 * 1024;

/** Signature, length and name of the first chunk: IHDR with its 13 bytes. */
const START = [0x89504e47, 0x0d0a1a0a, 0x0000000d, 0x49484452] as const;
const SHORTEST = 8 + 25 + 12 + 12;
/** The names of the chunks of pixels, and of the last chunk, as numbers. */
const IDAT = 0x49444154;
const IEND = 0x49454e44;
/** Chunks that change no pixel. Any other (palette, transparency, profile, orientation) is libvips' work. */
const HARMLESS = new Set(['tEXt', 'zTXt', 'iTXt', 'tIME', 'pHYs', 'gAMA', 'cHRM', 'sRGB', 'sBIT']);

/**
 * The pixels of a small, plain PNG: 8 bits, grey or RGB, not interlaced, every checksum right. Undefined
 * for every other file, broken ones included, which then takes the long way through libvips (about ten
 * times the work) and gets its error there. The pixels are the same on both ways.
 */
export function readSmallPng(bytes: Uint8Array, maxPixels = MAX_PIXELS): Raster | undefined {
  if (bytes.length > MAX_BYTES || bytes.length < SHORTEST) return undefined;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (START.some((word, at) => file.readUInt32BE(4 * at) !== word)) return undefined;
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const pixels = width * height;
  if (pixels === 0 || pixels > Math.min(maxPixels, MAX_PIXELS)) return undefined;
  const [depth, colour] = [file[24], file[25]];
  if (depth !== 8 || (colour !== 0 && colour !== 2)) return undefined;
  // Compression, filters, and not interlaced.
  if (file[26] !== 0 || file[27] !== 0 || file[28] !== 0) return undefined;
  const data = dataOf(file);
  if (!data) return undefined;
  const channels = colour === 0 ? 1 : 3;
  const size = (width * channels + 1) * height;
  const lines = inflate(data, size);
  return lines && unfilter(lines, width, height, channels);
}

/** The compressed pixels of all IDAT chunks; undefined when a chunk is unusual, broken or missing. */
function dataOf(file: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length;) {
    const length = file.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > file.length) return undefined;
    if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) return undefined;
    const type = file.readUInt32BE(at + 4);
    if (type === IEND) return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    if (type === IDAT) parts.push(file.subarray(at + 8, end - 4));
    else if (at > 8 && !HARMLESS.has(file.toString('latin1', at + 4, at + 8))) return undefined;
    at = end;
  }
  return undefined;
}

/** Each line says how its bytes were predicted from the ones left of, above and above left of them. */
function unfilter(
  lines: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3,
): Raster | undefined {
  const stride = width * channels;
  const data = new Uint8Array(stride * height);
  for (let y = 0, from = 0; y < height; y += 1) {
    const filter = lines[from]!;
    from += 1;
    if (filter > 4) return undefined;
    for (let x = 0, at = y * stride; x < stride; x += 1, at += 1, from += 1) {
      const left = x >= channels ? data[at - channels]! : 0;
      const up = y > 0 ? data[at - stride]! : 0;
      const corner = x >= channels && y > 0 ? data[at - stride - channels]! : 0;
      data[at] = lines[from]! + predict(filter, left, up, corner);
    }
  }
  return { width, height, channels, data };
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [
    Math.abs(estimate - left),
    Math.abs(estimate - up),
    Math.abs(estimate - corner),
  ];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
