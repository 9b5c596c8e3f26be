import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { inMnistFrame, limits } from './images.ts';

const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 16, threads: 1 });
afterAll(() => preparer.close());

const plain: Preprocessing = { ...mnistPreprocessing, canonicalise: 'none' };
const digit = inMnistFrame();
const raw = { raw: { width: 28, height: 28, channels: 1 } } as const;
const png = await sharp(digit, raw).png().toBuffer();

describe('an image in the model’s own frame', () => {
  it.each(['none', 'handwriting'] as const)(
    'comes through untouched (%s)',
    async (canonicalise) => {
      const contract: Preprocessing = { ...plain, canonicalise };
      expect(Buffer.from(await preparer.pixels(png, contract))).toEqual(Buffer.from(digit));
      const example = await preparer.prepare(png, contract, 'NCHW');
      expect(example).toEqual(Float32Array.from(digit, (value) => value * (1 / 255)));
    },
  );

  it('is recognised in the other polarity, and inverted exactly', async () => {
    const dark = await sharp(digit, raw).negate().png().toBuffer();
    const { pixels, ink } = await preparer.examine(dark, mnistPreprocessing);
    expect(Buffer.from(pixels)).toEqual(Buffer.from(digit));
    expect(ink).toMatchObject({ isUntouched: true });
  });
});

describe('a digit in a large image', () => {
  it('is brought into the frame on a worker thread', async () => {
    const ink = await sharp(digit, raw).resize(140, 140).negate().png().toBuffer();
    const scene = await sharp({
      create: { width: 300, height: 400, channels: 3, background: '#fff' },
    })
      .composite([{ input: ink, left: 130, top: 40 }])
      .jpeg()
      .toBuffer();
    const { pixels, ink: report } = await preparer.examine(scene, mnistPreprocessing);
    const difference = pixels.reduce((sum, value, i) => sum + Math.abs(value - digit[i]!), 0);
    const mass = digit.reduce((sum, value) => sum + value, 0);
    expect(report).toMatchObject({ isUntouched: false });
    expect(difference / mass).toBeLessThan(0.25);
  });

  it.each([
    ['grey', 1, 640],
    ['in colour, though all of it is grey', 3, 640],
    ['larger than what is kept', 1, 1100],
  ] as const)(
    'is the same digit in a JPEG and in a PNG of its pixels: %s',
    async (_, channels, width) => {
      const ink = await sharp(digit, raw).resize(200, 200).negate().png().toBuffer();
      const background = '#ddd';
      const scene = sharp({ create: { width, height: 480, channels: 3, background } });
      const page = scene.composite([{ input: ink, left: 220, top: 90 }]);
      const jpeg = await page
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .jpeg()
        .toBuffer();
      const png = await sharp(jpeg).png().toBuffer();
      const fromJpeg = await preparer.examine(jpeg, mnistPreprocessing);
      const fromPng = await preparer.examine(png, mnistPreprocessing);
      expect(fromJpeg).toEqual({
        ...fromPng,
        provenance: { ...fromPng.provenance, format: 'jpeg' },
        original: { width, height: 480, channels },
      });
    },
  );
});
