import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { fourPixels, jpegKinds, limits, noise, plain, quadrants } from './images.ts';

const preparer = createImagePreparer({ limits, concurrency: 4, queueSize: 256, threads: 1 });
afterAll(() => preparer.close());

let kinds: Awaited<ReturnType<typeof jpegKinds>>;
type Kind = keyof typeof kinds;
beforeAll(async () => {
  kinds = await jpegKinds();
});

const isDamaged = async (bytes: Uint8Array): Promise<boolean> =>
  (await preparer.examine(bytes, fourPixels)).provenance.isDamaged;

describe('an image whose pixels are all there', () => {
  it.each<Kind>([
    'whole',
    'withoutEnd',
    'samsung',
    'withTrailingBytes',
    'withSecondImage',
    'withFillBytes',
    'withStrayBytes',
    'ofLaterJfif',
  ])('is not called damaged, and its pixels are those of the whole one: %s', async (kind) => {
    // In the size it has, so that nothing is averaged away.
    const contract = { ...plain, width: 96, height: 96 };
    const found = await preparer.examine(kinds[kind], contract);
    expect(found.provenance.isDamaged).toBe(false);
    expect(found.pixels).toEqual(await preparer.pixels(kinds.whole, contract));
  });

  it('is not called damaged in any other format', async () => {
    const image = quadrants();
    for (const whole of [
      image.clone().png(),
      image.clone().webp(),
      image.clone().gif(),
      image.clone().avif({ effort: 0 }),
      image.clone().tiff({ compression: 'deflate' }),
      image.clone().jpeg({ progressive: true }),
    ]) {
      expect(await isDamaged(await whole.toBuffer())).toBe(false);
    }
  });
});

describe('an image that lost pixels inside its file', () => {
  it.each<Kind>(['cutAndEnded', 'cutInItsLastRow', 'samsungCutAndEnded'])(
    'is answered and called damaged: %s',
    async (kind) => {
      expect(await isDamaged(kinds[kind])).toBe(true);
      const page = await preparer.examine(kinds[kind], { ...plain, canonicalise: 'handwriting' });
      expect(page.provenance.isDamaged).toBe(true);
    },
  );

  it('is called damaged where zeros stand in a scan, of a plain and of a progressive JPEG', async () => {
    // Smooth enough that zeros, read as codes, end a scan before its time.
    const smooth = quadrants(512).blur(8);
    for (const progressive of [false, true]) {
      const bytes = await smooth.clone().jpeg({ progressive, quality: 95 }).toBuffer();
      const middle = Math.floor(bytes.length * 0.55);
      expect(await isDamaged(bytes)).toBe(false);
      expect(await isDamaged(bytes.fill(0, middle, middle + 400))).toBe(true);
    }
  });

  it('is called damaged as a GIF with a frame that cannot be what it was', async () => {
    const gif = await (await noise(96, 96)).gif().toBuffer();
    const middle = Math.floor(gif.length * 0.6);
    expect(await isDamaged(gif.fill(0, middle, middle + 500))).toBe(true);
  });

  it.each([40, 400, 2000])('is refused where nothing ended it, %i bytes early', async (missing) => {
    const bytes = kinds.whole.subarray(0, -missing);
    await expect(isDamaged(bytes)).rejects.toMatchObject({ code: 'GLIMPSE_IMAGE_TRUNCATED' });
  });

  it('never marks an image that is decoded beside it', async () => {
    const mixture = Array.from({ length: 24 }, (_, at) =>
      isDamaged([kinds.whole, kinds.cutAndEnded, kinds.samsung][at % 3]!),
    );
    const expected = Array.from({ length: 24 }, (_, at) => at % 3 === 1);
    expect(await Promise.all(mixture)).toEqual(expected);
  });
});
