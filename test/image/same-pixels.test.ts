import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { frameInBands, frameRaster } from '../../src/image/framing/frame-raster.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import type { Raster } from '../../src/image/raster.ts';
import { openPixelLoops } from '../../src/image/resampling/simd-filter.ts';
import type { ContractTwo } from '../../src/preprocessing/contract-two.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { createRandom } from '../../src/random.ts';
import { limits } from './images.ts';

/**
 * The input of a model must not depend on the container of a picture: the corpus has every kind of pixels that the
 * containers can hold, and each picture is written as PNG, lossless WebP and TIFF.
 */
const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 512, threads: 1 });
afterAll(() => preparer.close());

const grey = plainContract({ width: 28, height: 28, channels: 1 });
const frame = { width: 28, height: 28 };
const colour = plainContract({ ...frame, channels: 3 });
/** As torchvision does it, on small images: every step that comes after decoding takes part. */
const cropped: ContractTwo = {
  ...colour,
  resize: { mode: 'shorter-side', size: 32, kernel: 'cubic', antialias: true },
  crop: { size: frame, align: 'centre' },
};
const padded: ContractTwo = {
  ...colour,
  resize: {
    mode: 'contain',
    size: frame,
    kernel: 'linear',
    antialias: false,
    pad: { colour: [1, 2, 3], align: 'centre' },
  },
};
const contracts = { grey, cropped, padded };

/** Smooth shapes with a little grain, as photos have. */
function drawing(width: number, height: number, channels: 1 | 2 | 3 | 4): Sharp {
  const random = createRandom(width * 31 + height);
  const data = new Uint8Array(width * height * channels);
  for (let at = 0; at < data.length; at += 1) {
    const channel = at % channels;
    const x = Math.floor(at / channels) % width;
    const y = Math.floor(at / channels / width);
    const wave = Math.sin((x * (channel + 2)) / 17 + y / 11) + Math.cos(y / (5 + channel));
    data[at] = Math.round(Math.min(255, Math.max(0, 128 + 55 * wave + random.integer(9) - 4)));
  }
  return sharp(data, { raw: { width, height, channels } });
}

/** The same pixels in each container. */
async function filesOf(picture: Sharp): Promise<Record<'png' | 'webp' | 'tiff', Buffer>> {
  const [png, webp, tiff] = await Promise.all([
    picture.clone().png({ compressionLevel: 1 }).toBuffer(),
    picture.clone().webp({ lossless: true, exact: true, effort: 0 }).toBuffer(),
    picture.clone().tiff({ compression: 'lzw' }).toBuffer(),
  ]);
  return { png, webp, tiff };
}

const pixelsOf = async (bytes: Uint8Array, contract: ContractTwo): Promise<Uint8Array> =>
  (await preparer.examine(bytes, contract)).pixels;
const digestOf = async (bytes: Uint8Array, contract: ContractTwo): Promise<string> =>
  Buffer.from(await pixelsOf(bytes, contract)).toString('base64');

async function expectOneInput(
  files: Readonly<Record<string, Uint8Array>>,
  changes: Partial<ContractTwo> = {},
): Promise<void> {
  for (const [name, contract] of Object.entries(contracts)) {
    const changed = { ...contract, ...changes };
    const inputs = Object.entries(files).map(async ([kind, bytes]) => [
      kind,
      await digestOf(bytes, changed),
    ]);
    const [first, ...others] = await Promise.all(inputs);
    for (const other of others) {
      expect([name, other[0], other[1] === first![1]]).toEqual([name, other[0], true]);
    }
  }
}

describe('the same pixels in PNG, lossless WebP and TIFF are the same input', () => {
  it.each([
    [1, 1],
    [2, 3],
    [28, 28],
    [61, 47],
    [400, 3],
    [3, 211],
    [333, 250],
  ])('of %i x %i in colour', async (width, height) => {
    await expectOneInput(await filesOf(drawing(width, height, 3)));
  });

  it('in grey, which WebP has no room for', async () => {
    await expectOneInput(await filesOf(drawing(61, 47, 1)));
  });

  it.each<ContractTwo['alpha']>(['drop', 'ink', { flatten: [10, 200, 90] }])(
    'with transparency in grey and colour, by the rule %j',
    async (alpha) => {
      for (const channels of [2, 4] as const) {
        const files = await filesOf(drawing(61, 47, channels));
        for (const contract of [cropped, padded]) {
          const [one, ...others] = await Promise.all(
            Object.values(files).map((bytes) => digestOf(bytes, { ...contract, alpha })),
          );
          expect(others.every((other) => other === one)).toBe(true);
        }
      }
    },
  );

  it('of a palette with transparent colours', async () => {
    const palette = await drawing(61, 47, 4).png({ palette: true, colours: 16 }).toBuffer();
    const { webp, tiff } = await filesOf(sharp(palette));
    await expectOneInput({ palette, webp, tiff }, { alpha: 'drop' });
  });

  it('of 16 bits, grey and colour, whose lower half is left out', async () => {
    for (const space of ['rgb16', 'grey16'] as const) {
      const deep = drawing(61, 47, 3).toColourspace(space);
      const png = await deep.clone().png().toBuffer();
      const tiff = await deep.clone().tiff({ compression: 'lzw' }).toBuffer();
      expect((await sharp(png).metadata()).depth).toBe('ushort');
      await expectOneInput({ png, tiff });
    }
  });

  it('of 16 bits with transparency, as of 8', async () => {
    for (const channels of [2, 4] as const) {
      const space = channels === 2 ? 'grey16' : 'rgb16';
      const deep = drawing(61, 47, channels).toColourspace(space);
      const png = await deep.clone().png().toBuffer();
      const tiff = await deep.clone().tiff({ compression: 'lzw' }).toBuffer();
      const { png: eight } = await filesOf(drawing(61, 47, channels));
      expect((await sharp(png).metadata()).depth).toBe('ushort');
      await expectOneInput({ png, tiff, eight }, { alpha: 'drop' });
    }
  });

  it.each(['apply', 'ignore'] as const)('with the profile of a wide gamut: %s', async (icc) => {
    await expectOneInput(await filesOf(drawing(61, 47, 3).withIccProfile('p3')), { icc });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('with the orientation %i', async (orientation) => {
    const files = await filesOf(drawing(61, 47, 3).withMetadata({ orientation }));
    await expectOneInput(files, { exif: 'apply' });
    await expectOneInput(files, { exif: 'ignore' });
  });
});

describe('what makes pixels others is said by the contract alone', () => {
  it('turns an image upright exactly, or leaves it as it is stored', async () => {
    const turned = await filesOf(drawing(61, 47, 3).withMetadata({ orientation: 6 }));
    const upright = await filesOf(sharp(turned.png).autoOrient());
    for (const contract of [grey, cropped]) {
      expect(await digestOf(turned.png, contract)).toBe(await digestOf(upright.png, contract));
    }
    const { png } = await filesOf(drawing(61, 47, 3));
    const stored = { ...cropped, exif: 'ignore' as const };
    expect(await digestOf(turned.tiff, stored)).toBe(await digestOf(png, stored));
  });

  it('takes the values of another colour space as they are when it ignores the profile', async () => {
    const wide = await filesOf(drawing(61, 47, 3).withIccProfile('p3'));
    const bare = await sharp(await sharp(wide.png, { ignoreIcc: true }).raw().toBuffer(), {
      raw: { width: 61, height: 47, channels: 3 },
    })
      .png()
      .toBuffer();
    const ignoring = { ...cropped, icc: 'ignore' as const };
    expect(await digestOf(wide.webp, ignoring)).toBe(await digestOf(bare, ignoring));
    expect(await digestOf(wide.webp, cropped)).not.toBe(await digestOf(bare, cropped));
  });

  it('gives an image of the size of the input pixel by pixel, by every kernel', async () => {
    const { png } = await filesOf(drawing(28, 28, 3));
    const raw = await sharp(png).raw().toBuffer();
    for (const kernel of ['nearest', 'linear', 'cubic', 'lanczos3'] as const) {
      const resize = {
        mode: 'fill',
        size: frame,
        kernel,
        antialias: kernel !== 'nearest',
      } as const;
      expect((await preparer.examine(png, { ...colour, resize })).pixels).toEqual(
        new Uint8Array(raw),
      );
    }
  });
});

describe('an image of many bands', () => {
  const noise = createRandom(3);
  const image: Raster = {
    width: 350,
    height: 1_500,
    channels: 3,
    data: Uint8Array.from({ length: 350 * 1_500 * 3 }, () => noise.integer(256)),
  };

  it.each(['nearest', 'linear', 'cubic', 'lanczos3'] as const)(
    'has the pixels of the whole by the kernel %s',
    async (kernel) => {
      for (const antialias of kernel === 'nearest' ? [false] : [true, false]) {
        for (const base of [grey, colour]) {
          const contract: ContractTwo = {
            ...base,
            resize: { mode: 'fill', size: frame, kernel, antialias },
          };
          const banded = await frameInBands(image, contract, openPixelLoops());
          expect(Buffer.from(banded.data)).toEqual(Buffer.from(frameRaster(image, contract).data));
        }
      }
    },
  );
});

describe('JPEG', () => {
  it.each([
    [640, 480],
    [333, 250],
    [61, 47],
  ])('of %i x %i and quality 95 differs by its own loss only', async (width, height) => {
    const picture = drawing(width, height, 3);
    const png = await picture.clone().png({ compressionLevel: 1 }).toBuffer();
    const jpeg = await picture.clone().jpeg({ quality: 95 }).toBuffer();
    const loss = distance(await sharp(png).raw().toBuffer(), await sharp(jpeg).raw().toBuffer());
    const decoded = await sharp(jpeg).png({ compressionLevel: 1 }).toBuffer();
    for (const contract of Object.values(contracts)) {
      const input = await pixelsOf(jpeg, contract);
      // Resizing weighs what was lost; it adds no more than rounding.
      expect(distance(await pixelsOf(png, contract), input)).toBeLessThan(loss + 0.5);
      expect(distance(await pixelsOf(decoded, contract), input)).toBe(0);
    }
  });

  it('is shrunk while it is decoded only from the size that the contract names', async () => {
    const jpeg = await drawing(640, 480, 3).jpeg({ quality: 95 }).toBuffer();
    const whole = await pixelsOf(jpeg, cropped);
    const from = (shrinkOnLoadFrom: number) => pixelsOf(jpeg, { ...cropped, shrinkOnLoadFrom });
    expect(distance(await from(640 * 480 + 1), whole)).toBe(0);
    const shrunk = distance(await from(640 * 480), whole);
    expect(shrunk).toBeGreaterThan(0);
    expect(shrunk).toBeLessThan(1);
    const png = await sharp(jpeg).png().toBuffer();
    expect(distance(await pixelsOf(png, { ...cropped, shrinkOnLoadFrom: 1 }), whole)).toBe(0);
    const turned = await sharp(jpeg)
      .withMetadata({ orientation: 8 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const upright = await pixelsOf(turned, cropped);
    expect(
      distance(await pixelsOf(turned, { ...cropped, shrinkOnLoadFrom: 1 }), upright),
    ).toBeLessThan(1);
  });

  it('in four printing colours is the same as in TIFF', async () => {
    const printed = drawing(61, 47, 3).toColourspace('cmyk');
    const tiff = await printed.clone().tiff({ compression: 'lzw' }).toBuffer();
    const jpeg = await printed
      .clone()
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    expect((await sharp(tiff).metadata()).space).toBe('cmyk');
    const [one, other] = await Promise.all([tiff, jpeg].map((file) => pixelsOf(file, cropped)));
    expect(distance(one!, other!)).toBeLessThan(1.5);
  });
});

/** The mean difference in levels. */
function distance(one: Uint8Array, other: Uint8Array): number {
  return one.reduce((sum, value, at) => sum + Math.abs(value - other[at]!), 0) / one.length;
}
