import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { houseAccount } from '../../src/account.ts';
import { errors } from '../../src/errors.ts';
import { frameRaster, isForThread } from '../../src/image/framing/frame-raster.ts';
import { createImagePreparer, type ImagePreparerOptions } from '../../src/image/prepare-image.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { fourPixels, inMnistFrame, limits, noise, quadrants, writePng } from './images.ts';

const create = (part: Partial<ImagePreparerOptions> = {}) =>
  createImagePreparer({ limits, concurrency: 1, queueSize: 2, threads: 1, ...part });
const gone = new errors.GLIMPSE_TRAINING_CANCELLED();
const photo = await (await noise(640, 480)).jpeg().toBuffer();

describe('an image preparer under load', () => {
  it('refuses what does not fit its queue, and answers the rest', async () => {
    const preparer = create();
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => preparer.pixels(photo, fourPixels)),
    );
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(results[5]).toMatchObject({ reason: { code: 'GLIMPSE_DECODE_QUEUE_FULL' } });
    expect(await preparer.pixels(photo, fourPixels)).toHaveLength(12);
    await preparer.close();
  });

  it('does not queue what needs no work', async () => {
    const preparer = create({ queueSize: 0 });
    const lines = Uint8Array.from({ length: 28 * 29 }, (_, i) =>
      i % 29 === 0 ? 0 : inMnistFrame()[Math.floor(i / 29) * 28 + (i % 29) - 1]!,
    );
    const png = writePng({ width: 28, height: 28, lines });
    const busy = preparer.pixels(photo, fourPixels);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => preparer.pixels(png, mnistPreprocessing)),
    );
    expect(answers.every((pixels) => Buffer.from(pixels).equals(inMnistFrame()))).toBe(true);
    await busy;
    await preparer.close();
  });

  it('drops a caller who left while waiting, before the image is decoded', async () => {
    const works: number[] = [];
    const preparer = create({ onWork: ({ decodeMs }) => works.push(decodeMs) });
    const leaver = new AbortController();
    const busy = preparer.pixels(photo, fourPixels);
    const left = preparer.pixels(photo, fourPixels, leaver.signal);
    leaver.abort(gone);
    await expect(left).rejects.toBe(gone);
    await busy;
    await preparer.close();
    expect(works).toHaveLength(1);
    expect(works[0]).toBeGreaterThan(0);
  });

  it('answers a caller who left while his digit was looked for', async () => {
    const preparer = create();
    const leaver = new AbortController();
    const left = preparer.pixels(photo, mnistPreprocessing, leaver.signal);
    setTimeout(() => leaver.abort(gone), 20);
    await expect(left).rejects.toBe(gone);
    expect(getEventListeners(leaver.signal, 'abort')).toHaveLength(0);
    await preparer.close();
  });

  it('refuses a caller who had left before, and everybody once closed', async () => {
    const preparer = create();
    const left = AbortSignal.abort(gone);
    await expect(preparer.pixels(photo, fourPixels, left)).rejects.toBe(gone);
    const accepted = preparer.pixels(photo, mnistPreprocessing);
    const closing = preparer.close();
    await expect(preparer.pixels(photo, fourPixels)).rejects.toMatchObject({
      code: 'GLIMPSE_DRAINING',
    });
    expect(await accepted).toHaveLength(784);
    await closing;
  });

  it('reports the work of a failed image, too', async () => {
    const works: number[] = [];
    const preparer = create({ onWork: ({ decodeMs }) => works.push(decodeMs) });
    await expect(preparer.pixels(photo.subarray(0, 5000), fourPixels)).rejects.toThrow(
      'ends before',
    );
    expect(works).toHaveLength(1);
    await preparer.close();
  });

  it('is not disturbed by another one that starts', async () => {
    const preparer = create({ queueSize: 200, concurrency: 2 });
    const image = await quadrants().jpeg().toBuffer();
    const answers = Array.from({ length: 100 }, async () => {
      const pixels = preparer.pixels(image, fourPixels);
      await create().close();
      return pixels;
    });
    expect(await Promise.all(answers)).toHaveLength(100);
    await preparer.close();
  });
});

const long = (height: number): Uint8Array =>
  writePng({ width: 1, height, lines: new Uint8Array(2 * height) });

describe('an image that is much longer than wide', () => {
  const plain = plainContract({ width: 28, height: 28, channels: 3 });

  it('is refused where its lines would become more pixels than an image may have', async () => {
    const preparer = create({ limits: { ...limits, maxPixels: 100_000 } });
    await expect(preparer.pixels(long(50_000), plain)).rejects.toMatchObject({
      code: 'GLIMPSE_IMAGE_TOO_LARGE',
    });
    const nearest = { ...plain.resize, kernel: 'nearest', antialias: false } as const;
    // Without weights no line is made longer than it is.
    expect(await preparer.pixels(long(50_000), { ...plain, resize: nearest })).toHaveLength(2352);
    await preparer.close();
  });

  it('is resized by a thread where its weights alone would hold up others, with the same bytes', async () => {
    const preparer = create();
    const lines = Uint8Array.from({ length: 2 * 70_000 }, (_, at) => (at % 2) * ((at >> 9) % 256));
    const there = await preparer.pixels(writePng({ width: 1, height: 70_000, lines }), plain);
    const image = {
      width: 1,
      height: 70_000,
      channels: 1,
      data: lines.filter((_, at) => at % 2 === 1),
    } as const;
    expect(isForThread(image, plain)).toBe(true);
    expect(isForThread({ ...image, width: 28, height: 60_000 }, plain)).toBe(false);
    expect(there).toEqual(frameRaster(image, plain).data);
    await preparer.close();
  });

  it('is accounted with what its lines take, and with the colours it gets', async () => {
    const held: number[] = [];
    const account = {
      ...houseAccount,
      hold: async (bytes: number) => (held.push(bytes), () => {}),
    };
    const preparer = create();
    const pixels = await preparer.pixels(long(20_000), plain, undefined, account);
    expect(pixels.every((level) => level === 0)).toBe(true);
    expect(held[0]).toBeGreaterThan(2 * 28 * 3 * 20_000);
    await preparer.close();
  });
});
