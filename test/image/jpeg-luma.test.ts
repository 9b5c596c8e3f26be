import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import { readJpegHead } from '../../src/image/jpeg/scan-head.ts';
import { lumaBytes, readLuma } from '../../src/image/jpeg/lightness.ts';
import { toGrey, type Raster } from '../../src/image/raster.ts';
import { createRandom } from '../../src/random.ts';
import { jpegKinds, noise, quadrants } from './images.ts';
import { writeJpeg } from './write-jpeg.ts';

const random = createRandom(21);
const assembly = openAssembly()!;

function read(file: Uint8Array): Raster | undefined {
  const head = readJpegHead(file);
  if (!head) return undefined;
  assembly.room.begin(lumaBytes(head, file));
  return readLuma(assembly, file, head);
}

/** What libvips makes of a file, and what it has to say of it. */
async function fromLibvips(file: Uint8Array): Promise<{ grey: Uint8Array; warnings: string }> {
  let warnings = '';
  const image = sharp(file, { failOn: 'error' }).on('warning', (words) => (warnings += words));
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const { data: grey } = toGrey({ width, height, channels: info.channels as 1 | 3, data });
  return { grey, warnings };
}

/** Smooth here, noisy there, of any size. */
function picture(channels: 1 | 3) {
  const [width, height] = [1 + random.integer(60), 1 + random.integer(60)];
  const roughness = random.integer(3) * 60;
  const data = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => 70 + ((i * 3) % width) + random.integer(1 + roughness),
  );
  const image = sharp(data, { raw: { width, height, channels } });
  return channels === 1 ? image.toColourspace('b-w') : image;
}

const anyJpeg = (channels: 1 | 3): Promise<Buffer> =>
  picture(channels)
    .jpeg({
      quality: 1 + random.integer(100),
      chromaSubsampling: random.integer(2) === 0 ? '4:2:0' : '4:4:4',
      optimiseCoding: random.integer(2) === 0,
    })
    .toBuffer();

describe('the lightness of a JPEG', () => {
  it('is what libvips makes of one in grey, pixel by pixel', async () => {
    for (let round = 0; round < 40; round += 1) {
      const file = await anyJpeg(1);
      expect(Buffer.from(read(file)!.data)).toEqual(Buffer.from((await fromLibvips(file)).grey));
    }
  });

  it('is nearly the grey of one in colour, which rounds once more and cuts off', async () => {
    for (let round = 0; round < 20; round += 1) {
      const file = await anyJpeg(3);
      const { grey } = await fromLibvips(file);
      const { data } = read(file)!;
      expect(data.length).toBe(grey.length);
      const off = data.reduce((sum, value, i) => sum + Math.abs(value - grey[i]!), 0);
      expect(off / grey.length).toBeLessThan(2);
    }
  });

  it('is found across restarts', async () => {
    for (const interval of [1, 2, 7, 200]) {
      const [width, height] = [8 * (3 + random.integer(9)) - 3, 8 * (3 + random.integer(9)) - 5];
      const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
      const levels = Array.from({ length: blocks }, () => random.integer(2000) - 1000);
      const file = writeJpeg({ levels, width, height, interval });
      const { grey, warnings } = await fromLibvips(file);
      expect(warnings).toBe('');
      expect(Buffer.from(read(file)!.data)).toEqual(Buffer.from(grey));
    }
  });

  it('is left to libvips where a restart is missing, or is another', () => {
    const levels = Array.from({ length: 16 }, (_, i) => i * 50 - 400);
    const file = writeJpeg({ levels, width: 32, height: 32, interval: 4 });
    expect(read(file)).toBeDefined();
    const restart = file.indexOf('ffd1', 0, 'hex');
    const other = Buffer.from(file);
    other[restart + 1] = 0xd2;
    expect(read(other)).toBeUndefined();
    const without = Buffer.concat([file.subarray(0, restart), file.subarray(restart + 2)]);
    expect(read(without)).toBeUndefined();
  });
});

const image = () => quadrants(40);

describe('a JPEG that is not ordinary', () => {
  it.each<[string, () => Promise<Buffer>]>([
    ['progressive', () => image().jpeg({ progressive: true }).toBuffer()],
    ['in the colours of printing', () => image().toColourspace('cmyk').jpeg().toBuffer()],
    ['with a profile', () => image().jpeg().withIccProfile('p3').toBuffer()],
    ['that is to be turned', () => image().jpeg().withMetadata({ orientation: 6 }).toBuffer()],
  ])('is left to libvips: %s', async (_, make) => {
    expect(readJpegHead(await make())).toBeUndefined();
  });

  it('may have camera data that turn nothing, comments and previews', async () => {
    const upright = await image()
      .jpeg()
      .withExif({ IFD0: { Copyright: 'us' } })
      .toBuffer();
    expect(upright.includes('Exif')).toBe(true);
    expect(read(upright)).toBeDefined();
    const comment = Buffer.from('fffe0006686579210000', 'hex').subarray(0, 8);
    expect(
      read(Buffer.concat([upright.subarray(0, 2), comment, upright.subarray(2)])),
    ).toBeDefined();
  });

  it('is read where nothing is lost, and left to libvips where anything is or might be', async () => {
    const kinds = await jpegKinds();
    const readable = Object.entries(kinds).filter(([, file]) => read(file) !== undefined);
    expect(readable.map(([name]) => name)).toEqual([
      'whole',
      'withTrailingBytes',
      'withSecondImage',
    ]);
  });
});

describe('a JPEG that is broken at random', () => {
  it('is left to libvips, or has no fault that libvips would find, and the same pixels', async () => {
    let count = 0;
    let whole = await anyJpeg(1);
    for (let round = 0; round < 600; round += 1) {
      if (round % 20 === 0) whole = await anyJpeg(1);
      const file = Buffer.from(whole);
      for (let times = random.integer(3); times >= 0; times -= 1) {
        file[random.integer(file.length)] = random.integer(256);
      }
      const mine = read(file);
      if (!mine) continue;
      count += 1;
      const { grey, warnings } = await fromLibvips(file);
      expect(warnings).toBe('');
      expect(Buffer.from(mine.data).equals(grey)).toBe(true);
    }
    expect(count).toBeGreaterThan(50);
  });

  it('is no reason to read past its end, wherever it is cut', async () => {
    const whole = await (await noise(40, 40)).jpeg().toBuffer();
    for (let length = 0; length < whole.length; length += 1 + random.integer(9)) {
      expect(read(whole.subarray(0, length))).toBeUndefined();
    }
  });
});
