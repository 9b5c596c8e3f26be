import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createDecodePrices, decodeBytes, pixelsIn } from '../../src/image/decode-price.ts';
import type { ImageFormat } from '../../src/image/sniff-format.ts';

const [width, height] = [123, 45];
const picture = () =>
  sharp({ create: { width, height, channels: 3, background: '#abc' } }).withExif({
    IFD0: { Copyright: 'somebody, so that segments stand before the size' },
  });
const files: [string, ImageFormat, Buffer][] = [
  ['PNG', 'png', await picture().png().toBuffer()],
  ['JPEG', 'jpeg', await picture().jpeg().toBuffer()],
  ['progressive JPEG', 'jpeg', await picture().jpeg({ progressive: true }).toBuffer()],
  ['WebP', 'webp', await picture().webp().toBuffer()],
  [
    'plain WebP',
    'webp',
    await sharp(await picture().png().toBuffer())
      .webp()
      .toBuffer(),
  ],
  [
    'lossless WebP',
    'webp',
    await sharp(await picture().png().toBuffer())
      .webp({ lossless: true })
      .toBuffer(),
  ],
  ['GIF', 'gif', await picture().gif().toBuffer()],
  ['AVIF', 'avif', await picture().avif({ effort: 0 }).toBuffer()],
  ['TIFF', 'tiff', await picture().tiff().toBuffer()],
];

describe('the size of an image', () => {
  it.each(files)('is read from the header of a %s without a decoder', (_name, format, file) => {
    expect(pixelsIn(file, format)).toBe(width * height);
  });

  it.each(files)('is unknown, and nothing worse, where a %s is cut', (_name, format, file) => {
    for (let end = 0; end < Math.min(file.length, 600); end += 1) {
      const found = pixelsIn(file.subarray(0, end), format);
      expect(found === undefined || Number.isFinite(found)).toBe(true);
    }
  });
});

describe('the price of decoding', () => {
  it('is that of the largest image allowed where no size is found', () => {
    const prices = createDecodePrices(50_000_000);
    const unknown = prices.expectedMs(Buffer.from('II*\0'), 'tiff');
    expect(unknown).toBeGreaterThan(100);
    expect(prices.expectedMs(files[0]![2], 'png')).toBeLessThan(unknown / 10);
  });

  it('follows what was measured', () => {
    const prices = createDecodePrices(50_000_000);
    const large = Buffer.alloc(24);
    large.writeUInt32BE(5_000, 16);
    large.writeUInt32BE(5_000, 20);
    for (let i = 0; i < 100; i += 1) prices.learn(large, 'png', 1_000);
    expect(prices.expectedMs(large, 'png')).toBeGreaterThan(900);
    expect(prices.expectedMs(large, 'png')).toBeLessThan(1_100);
  });

  it('is a few rows of memory for what comes row by row, and all of it twice for what does not', async () => {
    const header = await sharp(files[0]![2]).metadata();
    const tall = { ...header, width: 7_000, height: 7_000 };
    expect(decodeBytes(tall, 'png')).toBeLessThan(15_000_000);
    expect(decodeBytes({ ...tall, isProgressive: true }, 'png')).toBeGreaterThan(290_000_000);
    expect(decodeBytes({ ...tall, orientation: 6 }, 'png')).toBeGreaterThan(290_000_000);
    expect(decodeBytes(tall, 'webp')).toBeGreaterThan(290_000_000);
    // Decoded as a whole all of its samples are there while it is resized, and those without transparency too.
    const whole = { ...tall, hasAlpha: false };
    expect(decodeBytes(whole, 'png', 5e6) - decodeBytes(whole, 'png')).toBe(147e6 + 5e6);
    const alpha = { ...tall, channels: 4, hasAlpha: true } as const;
    expect(decodeBytes(alpha, 'png', 5e6) - decodeBytes(alpha, 'png')).toBe(2 * 196e6 + 5e6);
  });
});
