import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { fourPixels, lettersOf, limits, plain, quadrants, writePng } from './images.ts';

const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 64, threads: 1 });
afterAll(() => preparer.close());

const letters = async (bytes: Uint8Array, contract: Preprocessing = fourPixels): Promise<string> =>
  lettersOf(await preparer.pixels(bytes, contract));
const greyLevel = async (bytes: Uint8Array): Promise<number> =>
  (await preparer.pixels(bytes, { ...plain, width: 1, height: 1 }))[0]!;

const grey16 = (level: number): Sharp =>
  sharp(
    Uint16Array.from({ length: 16 }, () => level),
    {
      raw: { width: 4, height: 4, channels: 1 },
    },
  ).toColourspace('grey16');

const bit = (depth: number, byte: number): Buffer =>
  writePng({ width: 1, height: 1, depth, lines: Uint8Array.of(0, byte) });

describe('every format that is read', () => {
  it.each([
    ['PNG', quadrants().png()],
    ['interlaced PNG', quadrants().png({ progressive: true })],
    ['palette PNG', quadrants().png({ palette: true, colours: 4 })],
    ['16-bit PNG', quadrants().toColourspace('rgb16').png()],
    ['JPEG', quadrants().jpeg()],
    ['progressive JPEG', quadrants().jpeg({ progressive: true })],
    ['CMYK JPEG', quadrants().toColourspace('cmyk').jpeg()],
    ['CMYK JPEG with a profile', quadrants().withIccProfile('cmyk').jpeg()],
    ['JPEG in Display P3', quadrants().withIccProfile('p3').jpeg()],
    ['WebP', quadrants().webp()],
    ['lossless WebP', quadrants().webp({ lossless: true })],
    ['GIF', quadrants().gif()],
    ['AVIF', quadrants().avif()],
    ['10-bit AVIF', quadrants().toColourspace('rgb16').avif({ bitdepth: 10 })],
    ['TIFF', quadrants().tiff({ compression: 'none' })],
    ['LZW TIFF', quadrants().tiff({ compression: 'lzw' })],
    ['tiled TIFF', quadrants().tiff({ tile: true, compression: 'deflate' })],
    ['JPEG in TIFF', quadrants().tiff({ compression: 'jpeg' })],
    ['CMYK TIFF', quadrants().toColourspace('cmyk').tiff()],
    ['big-endian BigTIFF', quadrants().tiff({ bigtiff: true })],
  ])('%s', async (_, image) => {
    expect(await letters(await image.toBuffer())).toBe('RGBW');
  });

  it('takes any view of memory, not only whole buffers', async () => {
    const png = await quadrants().png().toBuffer();
    const padded = new Uint8Array(png.length + 20);
    padded.set(png, 7);
    expect(await letters(padded.subarray(7, 7 + png.length))).toBe('RGBW');
  });
});

describe('EXIF orientation', () => {
  const turned = ['RGBW', 'GRWB', 'WBGR', 'BWRG', 'RBGW', 'BRWG', 'WGBR', 'GWRB'];
  it.each(turned.map((upright, i) => [i + 1, upright] as const))(
    '%i is turned upright',
    async (orientation, upright) => {
      for (const format of ['jpeg', 'webp', 'png', 'tiff'] as const) {
        const image = await quadrants().withMetadata({ orientation }).toFormat(format).toBuffer();
        expect([format, await letters(image)]).toEqual([format, upright]);
        const asStored = await letters(image, { ...fourPixels, exifRotation: false });
        expect([format, asStored]).toEqual([format, 'RGBW']);
      }
    },
  );

  it('sizes a turned photo by its upright sides', async () => {
    const photo = await sharp({
      create: { width: 600, height: 300, channels: 3, background: '#fff' },
    })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const contract: Preprocessing = { ...plain, width: 20, height: 20, fit: 'contain' };
    expect(await preparer.pixels(photo, contract)).toHaveLength(400);
  });
});

describe('samples of other depths', () => {
  it('brings 16 bits to 8 by their high byte', async () => {
    for (const level of [0, 0x80ff, 0xffff]) {
      const png = await grey16(level).png().toBuffer();
      expect((await sharp(png).metadata()).depth).toBe('ushort');
      expect(await greyLevel(png)).toBe(level >> 8);
    }
  });

  it('reads 1-bit and 2-bit grey as black to white', async () => {
    expect(await greyLevel(bit(1, 0x80))).toBe(255);
    expect(await greyLevel(bit(1, 0))).toBe(0);
    expect(await greyLevel(bit(2, 0x40))).toBe(85);
  });

  it('reads a 1-bit fax TIFF', async () => {
    const tiff = await quadrants()
      .threshold(200)
      .toColourspace('b-w')
      .tiff({ bitdepth: 1, compression: 'ccittfax4' })
      .toBuffer();
    expect(await letters(tiff)).toBe('KWKW');
  });
});

describe('transparency', () => {
  const clear = { create: { width: 8, height: 8, channels: 4, background: '#00000000' } } as const;

  it.each([
    ['PNG', sharp(clear).png()],
    ['WebP', sharp(clear).webp()],
    ['GIF', sharp(clear).gif()],
    ['AVIF', sharp(clear).avif()],
    ['TIFF', sharp(clear).tiff({ compression: 'lzw' })],
  ])('of a %s lies on the background of the contract', async (_, file) => {
    const image = await file.toBuffer();
    const small: Preprocessing = { ...plain, width: 1, height: 1 };
    const [white] = await preparer.pixels(image, { ...small, alphaBackground: 255 });
    const [dark] = await preparer.pixels(image, { ...small, alphaBackground: 40 });
    expect([white, dark]).toEqual([255, 40]);
  });

  it('mixes half of it', async () => {
    const lines = Uint8Array.of(0, 0, 128);
    const half = writePng({ width: 1, height: 1, colour: 4, lines });
    expect(await greyLevel(half)).toBeGreaterThan(125);
    expect(await greyLevel(half)).toBeLessThan(129);
  });
});

describe('animations', () => {
  const frames = ['#ff0000', '#00ff00', '#0000ff'].map((background) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toBuffer(),
  );

  it.each(['gif', 'webp'] as const)('of a %s: the first frame is read', async (format) => {
    const image = await sharp(await Promise.all(frames), { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    expect((await sharp(image).metadata()).pages).toBe(3);
    expect(await letters(image)).toBe('RRRR');
  });

  it('of many pages: the first page of a TIFF is read', async () => {
    const image = await sharp(await Promise.all(frames), { join: { animated: true } })
      .tiff()
      .toBuffer();
    expect(await letters(image)).toBe('RRRR');
  });
});

describe('one pixel', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'avif', 'tiff'] as const)('as %s', async (format) => {
    const image = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } })
      .toFormat(format)
      .toBuffer();
    expect(await letters(image)).toBe('WWWW');
    const { pixels } = await preparer.examine(image, { ...plain, canonicalise: 'handwriting' });
    expect(Math.max(...pixels)).toBe(0);
  });
});
