import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import type { ImageLimits } from '../../src/image/prepare-image.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { mnistPreprocessing, type ContractOne } from '../../src/preprocessing/contract-one.ts';
import { createRandom } from '../../src/random.ts';

export const limits: ImageLimits = { maxBytes: 1 << 24, maxPixels: 10_000_000, maxFrames: 100 };

/** Bytes as they were decoded: nothing canonicalised, scaled or inverted. */
export const plain: ContractOne = { ...mnistPreprocessing, canonicalise: 'none' };

/** A 2x2 colour contract: each pixel tells one quadrant of `quadrants`. */
export const fourPixels: Preprocessing = {
  ...plain,
  width: 2,
  height: 2,
  channels: 3,
  colourSpace: 'rgb',
};

/** Red, green, blue and white quarters: whatever turns or swaps an image shows. */
export function quadrants(side = 64): Sharp {
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < side * side; i += 1) {
    const isRight = i % side >= side / 2;
    const isBelow = i >= (side * side) / 2;
    const colour = isBelow
      ? isRight
        ? [255, 255, 255]
        : [0, 0, 255]
      : isRight
        ? [0, 255, 0]
        : [255, 0, 0];
    data.set(colour, i * 3);
  }
  return sharp(data, { raw: { width: side, height: side, channels: 3 } });
}

/** The letters of the four pixels by their strongest channel (printing colours are dull), W and K. */
export function lettersOf(pixels: Uint8Array): string {
  return [0, 3, 6, 9]
    .map((at) => {
      const pixel = [...pixels.subarray(at, at + 3)];
      if (Math.min(...pixel) > 200) return 'W';
      return Math.max(...pixel) < 50 ? 'K' : 'RGB'[pixel.indexOf(Math.max(...pixel))];
    })
    .join('');
}

/** An image that does not compress, so that a cut anywhere cuts pixels. */
export async function noise(width: number, height: number): Promise<Sharp> {
  const random = createRandom(1);
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** A JPEG of noise, and what becomes of such files: bytes lost, rewritten, or written by a camera's habits. */
export async function jpegKinds() {
  const whole = await (await noise(96, 96)).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer();
  const end = Buffer.from('ffd9', 'hex');
  const half = Math.floor(whole.length / 2);
  const scan = whole.indexOf('ffda', 0, 'hex');
  const samsung = Buffer.from(whole);
  // Spectral selection of nothing at all, where a sequential scan says 0 to 63.
  samsung.set([0, 0, 0], scan + 2 + samsung.readUInt16BE(scan + 2) - 3);
  const withJfif = (major: number) =>
    Buffer.concat([
      whole.subarray(0, 2),
      Buffer.from(`ffe000104a464946000${major}0100000100010000`, 'hex'),
      whole.subarray(2),
    ]);
  return {
    whole,
    samsung,
    withoutEnd: whole.subarray(0, -2),
    withTrailingBytes: Buffer.concat([whole, Buffer.from('left over')]),
    withSecondImage: Buffer.concat([whole, whole]),
    withFillBytes: Buffer.concat([
      whole.subarray(0, 2),
      Buffer.from('ffff', 'hex'),
      whole.subarray(2),
    ]),
    withStrayBytes: Buffer.concat([whole.subarray(0, scan), Buffer.alloc(3), whole.subarray(scan)]),
    ofLaterJfif: withJfif(2),
    cutInItsLastRow: Buffer.concat([whole.subarray(0, -40), end]),
    cutAndEnded: Buffer.concat([whole.subarray(0, half), end]),
    samsungCutAndEnded: Buffer.concat([samsung.subarray(0, half), end]),
  };
}

/** A seven with soft edges: light on dark, 20 pixels tall, its mass in the middle, as MNIST has them. */
export function inMnistFrame(): Uint8Array {
  const pixels = new Uint8Array(28 * 28);
  const stroke = (from: readonly [number, number], to: readonly [number, number]): void => {
    for (let y = 0; y < 28; y += 1) {
      for (let x = 0; x < 28; x += 1) {
        const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        const along = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy);
        const t = Math.min(1, Math.max(0, along));
        const distance = Math.hypot(x - from[0] - t * dx, y - from[1] - t * dy);
        const value = Math.round(255 * Math.min(1, Math.max(0, 2 - distance)));
        pixels[y * 28 + x] = Math.max(pixels[y * 28 + x]!, value);
      }
    }
  };
  stroke([8, 8.5], [18, 8.5]);
  stroke([18, 8.5], [12.2, 24.9]);
  return pixels;
}

export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colour?: number;
  readonly interlaced?: number;
  /** Uncompressed lines, each with its filter byte. */
  readonly lines: Uint8Array;
  /** Chunks between the header and the pixels. */
  readonly extra?: readonly Buffer[];
}

/** A PNG file written by hand, for what no encoder writes. */
export function writePng(parts: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(parts.width, 0);
  header.writeUInt32BE(parts.height, 4);
  header.set([parts.depth ?? 8, parts.colour ?? 0, 0, 0, parts.interlaced ?? 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    ...(parts.extra ?? []),
    pngChunk('IDAT', deflateSync(parts.lines)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  chunk.set(body, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}
