import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brightnessOf } from '../../src/image/brightness.ts';
import { createImagePreparer, type ImagePreparer } from '../../src/image/prepare-image.ts';
import {
  createProvenanceCounter,
  pixelsProvenance,
  provenanceOf,
} from '../../src/image/provenance.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { mnistPreprocessing, type ContractOne } from '../../src/preprocessing/contract-one.ts';

let images: ImagePreparer;
beforeAll(() => {
  images = createImagePreparer({
    limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 },
    concurrency: 2,
    queueSize: 64,
    threads: 1,
  });
});
afterAll(() => images.close());

const colour: Preprocessing = {
  ...mnistPreprocessing,
  width: 8,
  height: 8,
  channels: 3,
  colourSpace: 'rgb',
  mean: [0, 0, 0],
  std: [1, 1, 1],
  canonicalise: 'none',
  fit: 'cover',
};
const reds = (width: number, height: number, alpha = 1) =>
  sharp({
    create: {
      width,
      height,
      channels: alpha < 1 ? 4 : 3,
      background: { r: 200, g: 30, b: 30, alpha },
    },
  });
const examined = async (bytes: Uint8Array, contract = colour) => images.examine(bytes, contract);

const fitOf = async (width: number, height: number, changes: Partial<ContractOne> = {}) => {
  const bytes = await reds(width, height).png().toBuffer();
  const { enlarged, isCropped } = (await examined(bytes, { ...colour, ...changes })).provenance;
  return [enlarged, isCropped];
};

describe('the provenance of an image', () => {
  it('names the container of each format', async () => {
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'avif', 'tiff'] as const) {
      const { provenance } = await examined(await reds(8, 8).toFormat(format).toBuffer());
      // Its encoder leaves room for a transparent colour in every GIF.
      expect(provenance).toEqual({ ...pixelsProvenance, format, isFlattened: format === 'gif' });
    }
  });

  it('says that a colour profile was applied, by which the pixels became others', async () => {
    const values = reds(8, 8);
    const plain = await examined(await values.clone().png().toBuffer());
    const file = await values.clone().withIccProfile('p3').png().toBuffer();
    // The numbers of one space called those of a wider one: the same red is stronger there.
    const wide = await sharp(await values.clone().raw().toBuffer(), {
      raw: { width: 8, height: 8, channels: 3 },
    })
      .withMetadata({ icc: 'p3' })
      .png()
      .toBuffer();
    for (const bytes of [file, wide]) {
      expect((await examined(bytes)).provenance).toEqual({
        ...pixelsProvenance,
        format: 'png',
        hasProfile: true,
      });
    }
    expect(plain.provenance.hasProfile).toBe(false);
    const [red] = (await examined(file)).pixels;
    expect(Math.abs(red! - 200)).toBeLessThanOrEqual(2);
  });

  it('says that transparency was laid on the grey of the contract', async () => {
    const { provenance, pixels } = await examined(await reds(8, 8, 0.5).png().toBuffer());
    expect(provenance).toEqual({ ...pixelsProvenance, format: 'png', isFlattened: true });
    expect(pixels[0]).toBeGreaterThan(200);
  });

  it('says how many times it was enlarged, and whether its sides were cut', async () => {
    expect(await fitOf(8, 8)).toEqual([1, false]);
    expect(await fitOf(80, 80)).toEqual([1, false]);
    expect(await fitOf(4, 4)).toEqual([2, false]);
    expect(await fitOf(16, 4)).toEqual([2, true]);
    expect(await fitOf(16, 4, { fit: 'contain' })).toEqual([1, false]);
    expect(await fitOf(4, 2, { fit: 'contain' })).toEqual([2, false]);
    expect(await fitOf(16, 4, { fit: 'fill' })).toEqual([2, false]);
    expect(await fitOf(81, 80)).toEqual([1, false]);
    expect(await fitOf(100, 80)).toEqual([1, true]);
  });

  it('of handwriting is never cropped: ink is looked for in all of it', () => {
    const contract = { ...mnistPreprocessing, fit: 'cover' as const };
    const file = {
      format: 'png' as const,
      isDamaged: false,
      hasProfile: false,
      isFlattened: false,
    };
    const size = { width: 14, height: 7, channels: 1 as const };
    expect(provenanceOf(file, size, contract)).toMatchObject({ enlarged: 2, isCropped: false });
  });
});

describe('counted provenances', () => {
  it('are as many as there were, and nothing of none', () => {
    const counter = createProvenanceCounter();
    expect(counter.counts()).toBeUndefined();
    counter.add({ ...pixelsProvenance, format: 'png', isDamaged: true, enlarged: 2 });
    counter.add({ ...pixelsProvenance, format: 'png', hasProfile: true, isFlattened: true });
    counter.add({ ...pixelsProvenance, format: 'jpeg', isCropped: true });
    expect(counter.counts()).toEqual({
      images: 3,
      formats: { png: 2, jpeg: 1 },
      marks: { damaged: 1, icc: 1, alpha: 1, enlarged: 1, cropped: 1 },
    });
  });
});

describe('the brightness of pixels', () => {
  it('is their mean as a share of white, for many by a part of them', () => {
    expect(brightnessOf([], 1)).toBe(0);
    expect(brightnessOf([255, 0, 255, 0], 1)).toBe(0.5);
    const many = Uint8Array.from({ length: 100_003 }, (_, at) => at % 256);
    expect(brightnessOf(many, 1)).toBeCloseTo(0.5, 1);
    let read = 0;
    const counted = new Proxy(many, {
      get: (target, key) => {
        if (key === 'length') return target.length;
        read += 1;
        return Reflect.get(target, key) as number;
      },
    });
    brightnessOf(counted, 1);
    expect(read).toBeLessThanOrEqual(1025);
  });

  it.each([1, 400])(
    'counts the colours of pixels of four channels alone: of %i pixels',
    (count) => {
      const pixels = (alpha: number): number[] =>
        Array.from({ length: count }, () => [51, 102, 153, alpha]).flat();
      for (const alpha of [0, 128, 255]) expect(brightnessOf(pixels(alpha), 4)).toBeCloseTo(0.4, 2);
    },
  );
});
