import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { isGlimpseError } from '../../src/errors.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { createRandom } from '../../src/random.ts';
import { fourPixels, limits, noise, plain, pngChunk, quadrants, writePng } from './images.ts';

const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 64, threads: 1 });
afterAll(() => preparer.close());

/** What becomes of an image: 'read', or the code and sentence of its refusal. */
async function fate(bytes: Uint8Array, contract = fourPixels): Promise<string> {
  try {
    await preparer.pixels(bytes, contract);
    return 'read';
  } catch (error) {
    if (!isGlimpseError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const encoders: [string, (image: Sharp) => Sharp][] = [
  ['PNG', (image) => image.png()],
  ['interlaced PNG', (image) => image.png({ progressive: true })],
  ['JPEG', (image) => image.jpeg()],
  ['progressive JPEG', (image) => image.jpeg({ progressive: true })],
  ['WebP', (image) => image.webp()],
  ['GIF', (image) => image.gif()],
  ['AVIF', (image) => image.avif({ effort: 0 })],
  ['TIFF', (image) => image.tiff({ compression: 'none' })],
  ['JPEG in TIFF', (image) => image.tiff({ compression: 'jpeg' })],
  ['tiled TIFF', (image) => image.tiff({ compression: 'deflate', tile: true })],
];

const text = (head: string): Buffer => Buffer.from(head.padEnd(600, ' '), 'latin1');

describe('formats that are not read', () => {
  it.each([
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['SVG', text('\xef\xbb\xbf \n<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="1">')],
    ['SVG', text('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "">')],
    ['HTML', text('<!doctype html><html>')],
    ['XML', text('<?xml version="1.0"?><plist/>')],
    ['JSON', text('{"instances": []}')],
    ['a data URL', text('data:image/png;base64,iVBORw0KGgo=')],
    ['PDF', text('%PDF-1.7')],
    ['PostScript', text('%!PS-Adobe-3.0')],
    ['BMP', Buffer.from('424d3600000000000000360000002800000001000000', 'hex')],
    ['PSD', text('8BPS\0\x01')],
    ['JPEG XL', Buffer.from('ff0a0000', 'hex')],
    ['JPEG XL', text('\0\0\0\x0cJXL \r\n\x87\n')],
    ['JPEG 2000', text('\0\0\0\x0cjP  \r\n\x87\n')],
    ['HEIC', text('\0\0\0\x18ftypheic\0\0\0\0mif1heic')],
    ['HEIC', text('\0\0\0\x18ftypmif1\0\0\0\0mif1heic')],
    ['MP4 video', text('\0\0\0\x18ftypisom\0\0\x02\0isomavc1')],
    ['ICO', Buffer.from('000001000100', 'hex')],
    ['PNM', text('P5\n28 28\n255\n')],
    ['Radiance HDR', text('#?RADIANCE\n')],
    ['OpenEXR', text('v/1\x01')],
    ['FITS', text('SIMPLE  =                    T')],
    ['ZIP', text('PK\x03\x04')],
    ['gzip', Buffer.from('1f8b0800', 'hex')],
    ['RIFF without WebP', text('RIFF\x24\0\0\0WAVEfmt ')],
    ['unknown', text('hello')],
    ['unknown', Buffer.of(0)],
  ])('%s is named in GLIMPSE_UNSUPPORTED_FORMAT', async (name, bytes) => {
    expect(await fate(bytes)).toBe(
      `GLIMPSE_UNSUPPORTED_FORMAT: The image format is ${name}; PNG, JPEG, WebP, GIF, AVIF and TIFF are read.`,
    );
  });

  it('calls zero bytes GLIMPSE_IMAGE_EMPTY', async () => {
    expect(await fate(new Uint8Array(0))).toMatch('GLIMPSE_IMAGE_EMPTY');
  });

  it('cannot be opened in a process that has opened an image, not even by sharp itself', async () => {
    expect(await fate(Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'))).toMatch(
      'GLIMPSE_IMAGE',
    );
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(sharp(svg).png().toBuffer()).rejects.toThrow('unsupported image format');
  });
});

describe('files that end early', () => {
  it.each(encoders)('%s is GLIMPSE_IMAGE_TRUNCATED wherever it is cut', async (_, encode) => {
    const whole = await encode(await noise(120, 90)).toBuffer();
    expect(await fate(whole)).toBe('read');
    for (const part of [0.25, 0.5, 0.75, 0.97]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      expect(`${part} ${await fate(cut)}`).toMatch(`${part} GLIMPSE_IMAGE_TRUNCATED`);
    }
  });

  it('may lack only their end mark when all pixels are there', async () => {
    const png = await (await noise(120, 90)).png().toBuffer();
    expect(await fate(png.subarray(0, png.length - 12))).toBe('read');
    const small = await quadrants(8).png().toBuffer();
    expect(await fate(small.subarray(0, small.length - 12))).toBe('read');
  });
});

const tooLarge = (width: number, height: number): string =>
  `GLIMPSE_IMAGE_TOO_LARGE: The image has ${width * height} pixels; the limit is 10000000 (GLIMPSE_MAX_PIXELS).`;

describe('images that are too much', () => {
  it('are refused from a PNG header, before a pixel is decoded', async () => {
    const bomb = writePng({ width: 60_000, height: 60_000, lines: new Uint8Array(1000) });
    expect(await fate(bomb)).toBe(tooLarge(60_000, 60_000));
  });

  it('are refused from a JPEG header', async () => {
    const jpeg = await quadrants(16).jpeg().toBuffer();
    const frame = jpeg.indexOf('ffc0', 0, 'hex');
    jpeg.writeUInt16BE(50_000, frame + 5);
    jpeg.writeUInt16BE(40_000, frame + 7);
    expect(await fate(jpeg)).toBe(tooLarge(40_000, 50_000));
  });

  it('are refused from a GIF header', async () => {
    const gif = await quadrants(16).gif().toBuffer();
    gif.writeUInt16LE(65_000, 6);
    gif.writeUInt16LE(65_000, 8);
    const frame = gif.indexOf('2c00000000', 13, 'hex');
    gif.writeUInt16LE(65_000, frame + 5);
    gif.writeUInt16LE(65_000, frame + 7);
    expect(await fate(gif)).toBe(tooLarge(65_000, 65_000));
  });

  it('are refused from a lossless WebP header', async () => {
    const webp = await quadrants(16).webp({ lossless: true }).toBuffer();
    const at = webp.indexOf('VP8L') + 9;
    webp.writeUInt32LE((16_382 << 14) | 16_382, at);
    expect(await fate(webp)).toBe(tooLarge(16_383, 16_383));
  });

  it('are refused by their number of frames', async () => {
    const frame = await quadrants(8).png().toBuffer();
    const frames = Array.from({ length: 5 }, (_, i) =>
      sharp(frame)
        .negate(i % 2 === 0)
        .png()
        .toBuffer(),
    );
    const few = createImagePreparer({
      limits: { ...limits, maxFrames: 4 },
      concurrency: 1,
      queueSize: 1,
      threads: 1,
    });
    for (const format of ['gif', 'webp'] as const) {
      const image = sharp(await Promise.all(frames), { join: { animated: true } }).toFormat(format);
      await expect(few.pixels(await image.toBuffer(), fourPixels)).rejects.toThrow(
        'The image has 5 frames; the limit is 4 (GLIMPSE_MAX_FRAMES).',
      );
    }
    await few.close();
  });

  it('are refused by their bytes before anything looks at them', async () => {
    const bytes = Buffer.alloc(limits.maxBytes + 1, 0x89);
    expect(await fate(bytes)).toMatch('GLIMPSE_IMAGE_BYTES_TOO_LARGE');
  });

  it('count as much when small enough to be read without libvips', async () => {
    const strict = createImagePreparer({
      limits: { ...limits, maxPixels: 100 },
      concurrency: 1,
      queueSize: 1,
      threads: 1,
    });
    const png = writePng({ width: 11, height: 10, lines: new Uint8Array(120) });
    await expect(strict.pixels(png, plain)).rejects.toThrow(
      'The image has 110 pixels; the limit is 100',
    );
    await strict.close();
  });
});

describe('garbage', () => {
  const magics = [
    '89504e470d0a1a0a',
    '89504e470d0a1a0a0000000d49484452',
    'ffd8ff',
    'ffd8ffe000104a464946',
    '474946383961',
    '52494646ffff000057454250',
    '52494646ffff0000574542505650384c',
    '49492a0008000000',
    '4d4d002a00000008',
    '0000001c6674797061766966000000006d696631617669666d696166',
  ];

  it.each(magics)('behind the magic bytes %s gets an error of the catalogue', async (magic) => {
    const random = createRandom(5).fork(magic);
    for (let round = 0; round < 20; round += 1) {
      const tail = Uint8Array.from({ length: random.integer(3000) }, () => random.integer(256));
      const bytes = Buffer.concat([Buffer.from(magic, 'hex'), tail]);
      expect(await fate(bytes)).toMatch(/^GLIMPSE_IMAGE_(UNREADABLE|TRUNCATED|TOO_LARGE)/);
    }
  });

  it.each(encoders)('inside a %s is read or refused, never worse', async (name, encode) => {
    const whole = await encode(quadrants(48)).toBuffer();
    const random = createRandom(6).fork(name);
    for (let round = 0; round < 25; round += 1) {
      const bytes = Buffer.from(whole);
      for (let hits = 0; hits < 6; hits += 1)
        bytes[random.integer(bytes.length)] = random.integer(256);
      expect(await fate(bytes)).toMatch(
        /^(read$|GLIMPSE_(IMAGE_|UNSUPPORTED_FORMAT|TOO_MANY_FRAMES))/,
      );
    }
  });

  it('names a file whose content is another format than its magic bytes', async () => {
    const heic = await quadrants(16).avif().toBuffer();
    heic.write('hvc1', heic.indexOf('av01'), 'latin1');
    expect(await fate(heic)).toMatch('GLIMPSE_IMAGE_UNREADABLE');
  });

  it('as samples no image has is refused by name', async () => {
    const directory: [number, number, number][] = [
      [256, 4, 1],
      [257, 4, 1],
      [258, 3, 32],
      [259, 3, 1],
      [262, 3, 1],
      [273, 4, 134],
      [277, 3, 1],
      [278, 4, 1],
      [279, 4, 4],
      [339, 3, 3],
    ];
    const tiff = Buffer.alloc(138);
    tiff.write('II*\0\x08\0\0\0', 'latin1');
    tiff.writeUInt16LE(directory.length, 8);
    directory.forEach(([tag, type, value], i) => {
      tiff.writeUInt16LE(tag, 10 + i * 12);
      tiff.writeUInt16LE(type, 12 + i * 12);
      tiff.writeUInt32LE(1, 14 + i * 12);
      tiff.writeUInt32LE(value, 18 + i * 12);
    });
    tiff.writeFloatLE(0.5, 134);
    expect(await fate(tiff)).toBe(
      'GLIMPSE_IMAGE_UNREADABLE: The image cannot be decoded: its samples are float; 8 and 16 bit integers are read',
    );
  });

  it('in the text chunks of a PNG does not reach a pixel', async () => {
    const lines = Uint8Array.of(0, 255, 255, 255);
    const extra = [pngChunk('tEXt', Buffer.alloc(2000, 'a')), pngChunk('zTXt', Buffer.of(1, 2, 3))];
    expect(await fate(writePng({ width: 1, height: 1, colour: 2, lines, extra }))).toBe('read');
  });
});
