import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import type { ContractOne } from '../../src/preprocessing/contract-one.ts';
import { limits } from './images.ts';

const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 64, threads: 1 });
afterAll(() => preparer.close());

const contract: ContractOne = {
  width: 20,
  height: 14,
  channels: 3,
  colourSpace: 'rgb',
  fit: 'fill',
  canonicalise: 'none',
  polarity: 'as-is',
  centring: 'none',
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  alphaBackground: 200,
  exifRotation: true,
};
const grey: ContractOne = {
  ...contract,
  channels: 1,
  colourSpace: 'grey',
  mean: [0],
  std: [1],
};

const size = { width: 90, height: 61 };
const drawing = () => {
  const data = new Uint8Array(size.width * size.height * 4);
  for (let at = 0; at < size.width * size.height; at += 1) {
    const x = at % size.width;
    const y = (at - x) / size.width;
    const alpha = x < 30 ? 255 : (x + y) % 256;
    data.set([(x * 5 + y) % 256, (y * 7 + x * x) % 256, (x * y) % 256, alpha], at * 4);
  }
  return sharp(data, { raw: { ...size, channels: 4 } });
};
const opaque = () => drawing().removeAlpha();
const files = {
  png: await drawing().png().toBuffer(),
  jpeg: await opaque().withMetadata({ orientation: 6 }).jpeg({ quality: 90 }).toBuffer(),
  webp: await drawing().webp({ lossless: true }).toBuffer(),
  grey16: await opaque().greyscale().toColourspace('grey16').png().toBuffer(),
};

/** What the code made of them before there was a second form. */
const were = {
  'png fill': '35ed5d12208bb53f',
  'png contain': '6bae475d62ba9905',
  'png cover': '3412806c2a69b1d4',
  'jpeg fill': 'a3fdd21e4b87ed2c',
  'jpeg contain': 'a8b80f152c5d7c83',
  'jpeg cover': '443e55c9a63193ca',
  'webp fill': '0bec0a6db23e98d8',
  'webp contain': 'daabde0bb9469648',
  'webp cover': '1a5b30800b445974',
  'grey16 fill': '478892d06e4f02f6',
  'grey16 contain': '06bf191807b08b59',
  'grey16 cover': 'f8f4c159ef17c2ac',
};

const digestOf = async (bytes: Uint8Array, under: ContractOne): Promise<string> => {
  const { pixels } = await preparer.examine(bytes, under);
  return createHash('sha256').update(pixels).digest('hex').slice(0, 16);
};

// Its digests are those of libvips' code for this processor, with the vector instructions that it has.
describe.runIf(process.arch === 'x64')('a contract of the first form', () => {
  it('makes the pixels that it made, to the byte', async () => {
    const are: Record<string, string> = {};
    for (const [name, bytes] of Object.entries(files)) {
      for (const fit of ['fill', 'contain', 'cover'] as const) {
        are[`${name} ${fit}`] = await digestOf(bytes, { ...contract, fit });
      }
    }
    expect(are).toEqual(were);
  });

  it('does so in grey, turned, centred, and for handwriting', async () => {
    const centred = { ...grey, polarity: 'dark-on-light', centring: 'mass' } as const;
    expect(await digestOf(files.jpeg, centred)).toBe('dfe239af6b76e152');
    const ink = { ...grey, width: 28, height: 28, canonicalise: 'handwriting' } as const;
    expect(await digestOf(files.png, ink)).toBe('202a4543f84b29f3');
  });
});
