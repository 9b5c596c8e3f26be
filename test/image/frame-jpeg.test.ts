import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import { frameJpeg, readOrdinaryHead } from '../../src/image/framing/frame-jpeg.ts';
import { frameRaster } from '../../src/image/framing/frame-raster.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import type { Raster } from '../../src/image/raster.ts';
import { kernels } from '../../src/image/resampling/kernels.ts';
import { pixelLoops } from '../../src/image/resampling/simd-filter.ts';
import type { ContractTwo } from '../../src/preprocessing/contract-two.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { createRandom } from '../../src/random.ts';
import { limits, noise, quadrants } from './images.ts';
import { writeColouredJpeg } from './write-jpeg.ts';

const assembly = openAssembly()!;
const loops = pixelLoops(assembly);
const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 16, threads: 1 });
afterAll(() => preparer.close());

const frame = { width: 20, height: 24 };
const colour = plainContract({ ...frame, channels: 3 });
const grey = plainContract({ ...frame, channels: 1 });
const pad = { colour: [9, 8, 7], align: 'centre' as const };
const contracts: readonly ContractTwo[] = [
  ...[grey, colour].flatMap((contract) =>
    kernels.flatMap((kernel) =>
      [true, false].map((antialias): ContractTwo => ({
        ...contract,
        resize: { mode: 'fill', size: frame, kernel, antialias },
      })),
    ),
  ),
  { ...colour, resize: { mode: 'contain', size: frame, kernel: 'linear', antialias: true, pad } },
  {
    ...colour,
    resize: { mode: 'shorter-side', size: 30, kernel: 'cubic', antialias: true },
    crop: { size: frame, align: 'centre' },
  },
  { ...grey, polarity: 'light-on-dark', centring: 'mass' },
];

/** Every pixel of it, as libvips decodes it. */
async function decoded(file: Uint8Array): Promise<Raster> {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels as 1 | 3, data };
}

const one = { across: 1, down: 1 };

describe('an ordinary JPEG', () => {
  it.each([
    ['in colour', [{ across: 2, down: 2 }, one, one], 61],
    ['in grey', [one], 33],
    ['as wide as the frame', [{ across: 2, down: 1 }, one, one], 20],
  ])('is brought into every frame as its decoded pixels are: %s', async (_, samplings, width) => {
    const random = createRandom(width);
    const file = writeColouredJpeg({ width, height: 47, samplings, interval: 3 }, random);
    const pixels = await decoded(file);
    for (const contract of contracts) {
      const framed = frameJpeg(assembly, loops, file, contract);
      expect(framed).toEqual(frameRaster(pixels, contract));
    }
  });

  it('has the provenance of one that was decoded by libvips', async () => {
    const jpeg = await quadrants(64).jpeg().toBuffer();
    const { pixels, ...facts } = await preparer.examine(jpeg, colour);
    expect(Buffer.from(pixels)).toEqual(Buffer.from(frameRaster(await decoded(jpeg), colour).data));
    expect(facts).toEqual({
      ink: undefined,
      original: { width: 64, height: 64, channels: 3 },
      provenance: {
        format: 'jpeg',
        isDamaged: false,
        hasProfile: false,
        isFlattened: false,
        isCropped: false,
        enlarged: 1,
      },
    });
  });

  it('takes turns with many others', async () => {
    const files = await Promise.all(
      [60, 50, 40].map(async (side) => (await noise(side, side)).jpeg().toBuffer()),
    );
    const alone = await Promise.all(files.map((file) => preparer.pixels(file, colour)));
    const together = await Promise.all(
      Array.from({ length: 12 }, (_, i) => preparer.pixels(files[i % 3]!, colour)),
    );
    together.forEach((pixels, i) => expect(pixels).toEqual(alone[i % 3]));
  });

  it('has as many pixels as any image may have', async () => {
    const jpeg = await quadrants(64).jpeg().toBuffer();
    const strict = createImagePreparer({
      limits: { ...limits, maxPixels: 64 * 63 },
      concurrency: 1,
      queueSize: 1,
      threads: 1,
    });
    await expect(strict.pixels(jpeg, colour)).rejects.toMatchObject({
      code: 'GLIMPSE_IMAGE_TOO_LARGE',
    });
    await strict.close();
  });
});

describe('left to libvips is', () => {
  it('a JPEG with a profile, one to be turned, and one so large that memory would be kept for it', async () => {
    const image = quadrants(64);
    for (const file of [
      await image.clone().jpeg().withIccProfile('p3').toBuffer(),
      await image.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer(),
      await image.clone().jpeg({ progressive: true }).toBuffer(),
    ]) {
      expect(readOrdinaryHead(file, colour)).toBeUndefined();
    }
    const wide = await image.clone().jpeg().toBuffer();
    // Only its head is read here.
    wide.writeUInt32BE(3000 * 2 ** 16 + 5000, wide.indexOf('ffc0', 0, 'hex') + 5);
    // Line by line it is little; a kernel that does not weigh needs every pixel at once.
    expect(readOrdinaryHead(wide, colour)?.bytes).toBeLessThan(4 * 1024 * 1024);
    const resize = { mode: 'fill', size: frame, kernel: 'nearest', antialias: false } as const;
    expect(readOrdinaryHead(wide, { ...colour, resize })).toBeUndefined();
  });
});
