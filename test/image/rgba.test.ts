import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { contractFault } from '../../src/preprocessing/fault.ts';
import type { ContractTwo } from '../../src/preprocessing/contract-two.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { limits } from './images.ts';

const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 16, threads: 1 });
afterAll(() => preparer.close());

const contract = plainContract({ width: 4, height: 3, channels: 4 });
const pixels = Uint8Array.from({ length: 4 * 3 * 4 }, (_, at) => (at * 37) % 256);
const size = { width: 4, height: 3, channels: 4 } as const;
const image = sharp(pixels, { raw: size });

describe('a contract of four channels', () => {
  it.each([
    ['PNG', () => image.clone().png()],
    ['TIFF', () => image.clone().tiff({ compression: 'deflate' })],
    ['WebP', () => image.clone().webp({ lossless: true, exact: true })],
  ] as const)('keeps colours and alpha as they are in a %s', async (_, encoded) => {
    const file = await encoded().toBuffer();
    const { pixels: kept, provenance } = await preparer.examine(file, contract);
    expect(kept).toEqual(pixels);
    expect(provenance.isFlattened).toBe(false);
  });

  it('puts the alpha behind the colours in the layout of the model, scaled by numbers of its own', async () => {
    const file = await image.clone().png().toBuffer();
    const scaled: ContractTwo = { ...contract, mean: [0, 0, 0, 0.5], std: [1, 1, 1, 0.25] };
    const example = await preparer.prepare(file, scaled, 'NCHW');
    const alpha = Array.from({ length: 12 }, (_, at) => (pixels[4 * at + 3]! / 255 - 0.5) / 0.25);
    expect([...example.subarray(36)].every((one, at) => Math.abs(one - alpha[at]!) < 1e-5)).toBe(
      true,
    );
    expect(example[0]).toBeCloseTo(pixels[0]! / 255, 6);
  });

  it('says how bright the colours are, however much shows of them', async () => {
    const background = { r: 51, g: 102, b: 153 };
    for (const alpha of [0, 0.5, 1]) {
      const create = { width: 4, height: 3, channels: 4 as const };
      const file = await sharp({ create: { ...create, background: { ...background, alpha } } })
        .png()
        .toBuffer();
      const { brightness } = await preparer.prepareWithInk(file, contract, 'NHWC');
      expect(brightness).toBeCloseTo(0.4, 6);
    }
  });

  it('takes an image without alpha as opaque, grey ones and JPEGs as well', async () => {
    const grey = sharp({ create: { width: 4, height: 3, channels: 3, background: '#808080' } });
    for (const file of [
      await grey.clone().png().toBuffer(),
      await grey.clone().toColourspace('b-w').png().toBuffer(),
      await grey.clone().jpeg().toBuffer(),
    ]) {
      const kept = await preparer.pixels(file, contract);
      expect([...kept]).toEqual(Array.from({ length: 12 }, () => [128, 128, 128, 255]).flat());
    }
  });

  it('resizes and pads each channel by itself', async () => {
    const file = await sharp({
      create: { width: 8, height: 4, channels: 4, background: { r: 200, g: 100, b: 50, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const padded: ContractTwo = {
      ...contract,
      height: 4,
      resize: {
        mode: 'contain',
        size: { width: 4, height: 4 },
        kernel: 'linear',
        antialias: true,
        pad: { colour: [1, 2, 3, 4], align: 'centre' },
      },
    };
    const kept = await preparer.pixels(file, padded);
    expect([...kept.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect([...kept.subarray(16, 20)]).toEqual([200, 100, 50, 0]);
  });

  it.each([
    [{ alpha: 'drop' }, 'alpha must be "keep"'],
    [{ colourSpace: 'rgb' }, '4 channels cannot be rgb'],
    [{ polarity: 'light-on-dark' }, 'rgba takes canonicalise "none"'],
    [{ centring: 'mass' }, 'rgba takes canonicalise "none"'],
    [{ mean: [0] }, 'one number for each of 4 channels'],
  ] as const)('does not hold together with %j', (part, fault) => {
    expect(contractFault({ ...contract, ...part } as ContractTwo)).toContain(fault);
    expect(contractFault(contract)).toBeUndefined();
  });

  it('alone keeps alpha', () => {
    const rgb = plainContract({ width: 4, height: 3, channels: 3 });
    expect(contractFault({ ...rgb, alpha: 'keep' })).toContain('is for rgba');
  });
});
