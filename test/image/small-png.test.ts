import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readSmallPng } from '../../src/image/small-png.ts';
import { createRandom } from '../../src/random.ts';
import { pngChunk, writePng, type PngParts } from './images.ts';

const random = createRandom(11);
const bytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.integer(256));

/** The pixels as libvips decodes them, in as many channels as we do. */
async function byLibvips(png: Buffer, channels: number): Promise<Buffer> {
  return sharp(png)
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
}

describe('readSmallPng', () => {
  it.each([0, 1, 2, 3, 4])('gives the pixels libvips gives, line filter %i', async (filter) => {
    for (const colour of [0, 2]) {
      const [width, height, channels] = [13, 9, colour === 0 ? 1 : 3];
      const lines = bytes((width * channels + 1) * height);
      for (let y = 0; y < height; y += 1) lines[y * (width * channels + 1)] = filter;
      const png = writePng({ width, height, colour, lines });
      const raster = readSmallPng(png);
      expect(raster).toMatchObject({ width, height, channels });
      expect(Buffer.from(raster!.data)).toEqual(await byLibvips(png, channels));
    }
  });

  it('gives the pixels libvips gives for what libvips wrote, in every filter mix', async () => {
    for (const channels of [1, 3] as const) {
      const data = bytes(40 * 30 * channels).map((value, i) => (value >> 4) + (i % 200));
      const png = await sharp(data, { raw: { width: 40, height: 30, channels } })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .png({ adaptiveFiltering: true })
        .toBuffer();
      expect(Buffer.from(readSmallPng(png)!.data)).toEqual(Buffer.from(data));
    }
  });

  it('reads pixels spread over several chunks, and passes over remarks', async () => {
    const png = writePng({ width: 2, height: 1, lines: Uint8Array.of(0, 7, 9) });
    const at = png.indexOf('IDAT') - 4;
    const length = png.readUInt32BE(at);
    const stream = png.subarray(at + 8, at + 8 + length);
    const split = Buffer.concat([
      png.subarray(0, at),
      pngChunk('tEXt', Buffer.from('Comment\0a digit')),
      pngChunk('IDAT', stream.subarray(0, 4)),
      pngChunk('IDAT', stream.subarray(4)),
      png.subarray(at + 12 + length),
    ]);
    expect([...readSmallPng(split)!.data]).toEqual([7, 9]);
  });
});

describe('readSmallPng leaves to libvips', () => {
  const usual: PngParts = { width: 4, height: 4, lines: new Uint8Array(20) };
  it.each<[string, Partial<PngParts>]>([
    ['16 bits', { depth: 16 }],
    ['1 bit', { depth: 1 }],
    ['palettes', { colour: 3 }],
    ['alpha', { colour: 6 }],
    ['grey and alpha', { colour: 4 }],
    ['interlacing', { interlaced: 1 }],
    ['no width', { width: 0 }],
    ['many pixels', { width: 65, height: 64, lines: new Uint8Array(66 * 64) }],
    ['pixels missing', { lines: new Uint8Array(19) }],
    ['pixels to spare', { lines: new Uint8Array(21) }],
    ['an unknown filter', { lines: new Uint8Array(20).fill(5) }],
    ['transparency', { extra: [pngChunk('tRNS', Buffer.of(0, 0))] }],
    ['a colour profile', { extra: [pngChunk('iCCP', Buffer.of(0))] }],
    ['an orientation', { extra: [pngChunk('eXIf', Buffer.of(0))] }],
    ['animation', { extra: [pngChunk('acTL', Buffer.alloc(8))] }],
    ['an unknown chunk', { extra: [pngChunk('abCd', Buffer.of(0))] }],
  ])('%s', (_, unusual) => {
    expect(readSmallPng(writePng(usual))).toBeDefined();
    expect(readSmallPng(writePng({ ...usual, ...unusual }))).toBeUndefined();
  });

  it('whatever is cut, flipped or not a PNG', () => {
    const png = writePng(usual);
    for (let length = 0; length < png.length; length += 1) {
      expect(readSmallPng(png.subarray(0, length))).toBeUndefined();
    }
    for (let at = 0; at < png.length; at += 1) {
      const flipped = Buffer.from(png);
      flipped[at]! ^= 0x10;
      expect([at, readSmallPng(flipped)]).toEqual([at, undefined]);
    }
    expect(readSmallPng(Buffer.alloc(200))).toBeUndefined();
  });

  it('more pixels than the caller allows', () => {
    expect(readSmallPng(writePng(usual), 15)).toBeUndefined();
    expect(readSmallPng(writePng(usual), 16)).toBeDefined();
  });
});
