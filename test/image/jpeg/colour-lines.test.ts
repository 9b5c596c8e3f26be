import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openAssembly } from '../../../src/image/assembly/open-assembly.ts';
import { lineBytes, readLines, type LinesWanted } from '../../../src/image/jpeg/colour-lines.ts';
import { readJpegHead } from '../../../src/image/jpeg/scan-head.ts';
import { toGrey, type Raster } from '../../../src/image/raster.ts';
import { filterRaster } from '../../../src/image/resampling/filter-raster.ts';
import { weighingKernels } from '../../../src/image/resampling/kernels.ts';
import { createRandom } from '../../../src/random.ts';
import { jpegKinds, noise } from '../images.ts';
import { writeColouredJpeg } from '../write-jpeg.ts';

const random = createRandom(31);
const assembly = openAssembly()!;

function read(file: Uint8Array, wanted: LinesWanted = { channels: 3 }): Raster | undefined {
  const head = readJpegHead(file);
  if (!head) return undefined;
  assembly.room.begin(lineBytes(head, file, wanted));
  return readLines(assembly, file, head, wanted);
}

/** What libvips makes of a file, and what it has to say of it. */
async function fromLibvips(file: Uint8Array): Promise<{ raster: Raster; warnings: string }> {
  let warnings = '';
  const image = sharp(file, { failOn: 'error' }).on('warning', (words) => (warnings += words));
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const raster: Raster = { width, height, channels: info.channels as 1 | 3, data };
  // It makes three channels of one.
  const isGrey = readJpegHead(file)?.components.length === 1;
  return { raster: isGrey ? toGrey(raster) : raster, warnings };
}

const isSame = (one: Raster | undefined, other: Raster): boolean =>
  one?.width === other.width &&
  one.height === other.height &&
  one.channels === other.channels &&
  Buffer.compare(one.data, other.data) === 0;

/** Smooth here, noisy there, of any size. */
function anyJpeg(channels: 1 | 3): Promise<Buffer> {
  const [width, height] = [1 + random.integer(60), 1 + random.integer(60)];
  const roughness = random.integer(3) * 90;
  const data = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => 2 * ((i * 3) % width) + random.integer(1 + roughness),
  );
  const image = sharp(data, { raw: { width, height, channels } });
  if (channels === 1) image.toColourspace('b-w');
  return image
    .jpeg({
      quality: 1 + random.integer(100),
      chromaSubsampling: random.integer(2) === 0 ? '4:2:0' : '4:4:4',
      optimiseCoding: random.integer(2) === 0,
    })
    .toBuffer();
}

const one = { across: 1, down: 1 };
const samplings = {
  grey: [one],
  '4:4:4': [one, one, one],
  '4:2:2': [{ across: 2, down: 1 }, one, one],
  '4:2:0': [{ across: 2, down: 2 }, one, one],
};

describe('the lines of a JPEG', () => {
  it('have the pixels that libvips makes of it, one by one, and their grey', async () => {
    let count = 0;
    for (let round = 0; round < 60; round += 1) {
      const file = await anyJpeg(round % 5 === 0 ? 1 : 3);
      const { raster } = await fromLibvips(file);
      // Chroma of two columns is not blended.
      if (raster.width < 5 && read(file) === undefined) continue;
      count += 1;
      expect(isSame(read(file), raster)).toBe(true);
      expect(isSame(read(file, { channels: 1 }), toGrey(raster))).toBe(true);
    }
    expect(count).toBeGreaterThan(50);
  });

  it.each(Object.entries(samplings))('are whole across restarts: %s', async (_, sampling) => {
    for (const interval of [0, 1, 2, 5, 200]) {
      const [width, height] = [5 + random.integer(60), 1 + random.integer(60)];
      const file = writeColouredJpeg({ width, height, samplings: sampling, interval }, random);
      const { raster, warnings } = await fromLibvips(file);
      expect(warnings).toBe('');
      expect(isSame(read(file), raster)).toBe(true);
      expect(isSame(read(file, { channels: 1 }), toGrey(raster))).toBe(true);
    }
  });

  it.each([3, 28, 200])('are those of a filter where that is wished, %i pixels', async (width) => {
    for (const kernel of [weighingKernels.linear, weighingKernels.lanczos3]) {
      for (const sampling of Object.values(samplings)) {
        const size = { width: 41, height: 37 };
        const file = writeColouredJpeg({ ...size, samplings: sampling, interval: 0 }, random);
        const { raster } = await fromLibvips(file);
        for (const channels of [1, 3] as const) {
          const pixels = channels === 1 ? toGrey(raster) : raster;
          const filtered = filterRaster(pixels, width, size.height, kernel);
          expect(isSame(read(file, { channels, across: { width, kernel } }), filtered)).toBe(true);
        }
      }
    }
  });

  it.each([
    ['chroma of half the height', [{ across: 1, down: 2 }, one, one], 40],
    ['chroma of a quarter', [{ across: 4, down: 1 }, one, one], 40],
    ['chroma of different sizes', [{ across: 2, down: 1 }, { across: 2, down: 1 }, one], 40],
    ['fewer columns than are blended', [{ across: 2, down: 2 }, one, one], 4],
  ])('are left to libvips: %s', (_, sampling, width) => {
    const file = writeColouredJpeg({ width, height: 30, samplings: sampling, interval: 0 }, random);
    expect(readJpegHead(file)).toBeDefined();
    expect(read(file)).toBeUndefined();
  });

  it('are read where nothing is lost, and left to libvips where anything is or might be', async () => {
    const readable = Object.entries(await jpegKinds()).filter(([, file]) => read(file));
    expect(readable.map(([name]) => name)).toEqual([
      'whole',
      'withTrailingBytes',
      'withSecondImage',
    ]);
  });
});

describe('a JPEG in colour that is broken at random', () => {
  it('is left to libvips, or has no fault that libvips would find, and the same pixels', async () => {
    let count = 0;
    let whole = await anyJpeg(3);
    for (let round = 0; round < 500; round += 1) {
      if (round % 20 === 0) whole = await anyJpeg(3);
      const file = Buffer.from(whole);
      for (let times = random.integer(3); times >= 0; times -= 1) {
        file[random.integer(file.length)] = random.integer(256);
      }
      const mine = read(file);
      if (!mine) continue;
      count += 1;
      const { raster, warnings } = await fromLibvips(file);
      expect(warnings).toBe('');
      expect(isSame(mine, raster)).toBe(true);
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
