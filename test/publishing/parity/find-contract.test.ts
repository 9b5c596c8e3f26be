import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defaultTolerance,
  findContract,
  type FindOptions,
} from '../../../src/publishing/parity/find-contract.ts';
import { readReferences } from '../../../src/publishing/parity/read-references.ts';
import { isGlimpseError } from '../../../src/errors.ts';
import { createImagePreparer, type ImagePreparer } from '../../../src/image/prepare-image.ts';
import type { Layout } from '../../../src/image/prepare-pixels.ts';
import type { RequestedPreprocessing } from '../../../src/preprocessing/requested.ts';
import { softmax } from '../../../src/tensor.ts';
import { npy } from '../../support/npy.ts';
import { temporaryFolder, writeInto } from '../../support/temporary-folder.ts';
import {
  channelsFirst,
  images,
  levelsOf,
  logitsOf,
  side,
  writeTensors,
  type Normalise,
} from './references.ts';

const limits = { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 1 };
let preparer: ImagePreparer;
beforeAll(() => {
  preparer = createImagePreparer({ limits, concurrency: 1, queueSize: 1, threads: 1 });
});
afterAll(() => preparer.close());

/** The error of ours that it is refused with. */
async function refusalOf(finding: Promise<unknown>) {
  const error: unknown = await finding.catch((reason: unknown) => reason);
  if (isGlimpseError(error)) return error;
  throw new Error('it was not refused', { cause: error });
}

const asPillow: RequestedPreprocessing = { icc: 'ignore', exif: 'ignore', alpha: 'drop' };

async function find(
  folder: string,
  layout: Layout,
  said: RequestedPreprocessing = asPillow,
  more: Partial<FindOptions> = {},
) {
  const form = { layout, width: side, height: side, channels: 3 as const };
  return await findContract({
    form,
    said,
    references: await readReferences(folder, form),
    limits,
    tolerance: defaultTolerance,
    prepare: (...image) => preparer.prepare(...image),
    infer: async (examples) => examples.map((example) => Float32Array.from(logitsOf(example))),
    ...more,
  });
}

const inferNothing = async (examples: readonly Float32Array[]) =>
  examples.map(() => new Float32Array(3).fill(NaN));

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const asImagenet: Normalise = (level, channel) =>
  (level / 255 - imagenet.mean[channel]!) / imagenet.std[channel]!;
const size = { width: side, height: side };
const crop = { size, align: 'centre' };

describe('findContract finds by recorded tensors', () => {
  it.each([
    {
      pipeline: 'torchvision',
      normalise: asImagenet,
      form: { isPlanar: true },
      contract: {
        resize: { mode: 'shorter-side', size: 16, kernel: 'cubic', antialias: true },
        crop,
        colourSpace: 'rgb',
        scale: 1 / 255,
        ...imagenet,
      },
    },
    {
      pipeline: 'torchvision, an unusual size',
      normalise: ((level) => (level / 255 - 0.5) / 0.5) satisfies Normalise,
      form: { isPlanar: true, hasBatch: true },
      contract: {
        resize: { mode: 'shorter-side', size: 19, kernel: 'cubic', antialias: true },
        crop,
        scale: 1 / 127.5,
        mean: [1, 1, 1],
      },
    },
    {
      pipeline: 'OpenCV',
      normalise: ((level) => level) satisfies Normalise,
      form: { isReversed: true },
      contract: {
        resize: { mode: 'fill', size, kernel: 'cubic-0.75', antialias: false },
        colourSpace: 'bgr',
        scale: 1,
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
    },
    {
      pipeline: 'YOLO',
      normalise: ((level) => level / 255) satisfies Normalise,
      form: { isPlanar: true },
      contract: {
        resize: {
          mode: 'contain',
          size,
          kernel: 'linear',
          antialias: false,
          pad: { colour: [114, 114, 114], align: 'centre' },
        },
        scale: 1 / 255,
      },
    },
    {
      pipeline: 'Keras',
      normalise: ((level, channel) =>
        level - [103.939, 116.779, 123.68][channel]!) satisfies Normalise,
      form: { isReversed: true },
      contract: {
        resize: { mode: 'fill', size, kernel: 'nearest', antialias: false },
        colourSpace: 'bgr',
        scale: 1,
        mean: [103.939, 116.779, 123.68],
      },
    },
    {
      pipeline: 'TensorFlow',
      normalise: ((level) => level / 127.5 - 1) satisfies Normalise,
      form: {},
      contract: {
        resize: { mode: 'fill', size, kernel: 'linear', antialias: false },
        scale: 1 / 127.5,
        mean: [1, 1, 1],
      },
    },
  ])('how $pipeline prepares images', async ({ pipeline, normalise, form, contract }) => {
    const folder = await writeTensors(await temporaryFolder(), pipeline, normalise, form);
    const found = await find(folder, 'isPlanar' in form ? 'NCHW' : 'NHWC');
    expect(found.contract).toMatchObject({ ...asPillow, ...contract });
    expect(found.remaining.map(({ name }) => name)).toEqual(['0.png', '1.png', '2.png']);
    // OpenCV's quick ways round a few values of a cubic otherwise, and TensorFlow rounds none.
    const left = Math.max(...found.remaining.map(({ mean }) => mean!));
    expect(left).toBeLessThan(pipeline === 'TensorFlow' ? 0.35 : 0.03);
  });

  it('numbers that no list has, by what they do to pixels', async () => {
    const folder = await temporaryFolder();
    await writeTensors(
      folder,
      'OpenCV',
      (level, channel) => (level - 100) / [50, 60, 70][channel]!,
    );
    const { contract, remaining } = await find(folder, 'NHWC');
    contract.mean.forEach((mean) => expect(mean).toBeCloseTo(100 / 255, 3));
    expect(contract.std.map((std) => Math.round(std * 2550))).toEqual([500, 600, 700]);
    expect(Math.max(...remaining.map(({ mean }) => mean!))).toBeLessThan(0.1);
  });
});

describe('findContract', () => {
  it('refuses tensors that no contract makes, and names the farthest image', async () => {
    const folder = await writeTensors(await temporaryFolder(), 'OpenCV', (level) => level);
    const wrong = Float32Array.from({ length: side * side * 3 }, (_, at) => (at * 7919) % 256);
    const data = new Uint8Array(wrong.buffer);
    await writeInto(folder, '1.npy', npy({ descr: '<f4', shape: [side, side, 3], data }));
    const refusal = await refusalOf(find(folder, 'NHWC'));
    expect(refusal.code).toBe('GLIMPSE_REFERENCE_MISMATCH');
    expect(refusal.message).toMatch(/levels of 255 in the mean, and 1 may remain, on 1\.png/);
  });

  it('asks where no image tells, and names the kind of image that would', async () => {
    const folder = await writeTensors(await temporaryFolder(), 'OpenCV', (level) => level);
    const refusal = await refusalOf(find(folder, 'NHWC', {}));
    expect(refusal.code).toBe('GLIMPSE_REFERENCE_AMBIGUOUS');
    expect(refusal.message).toContain('says of icc, exif, alpha: add');
    expect(refusal.message).toContain('a photo whose EXIF orientation turns it');
    expect(refusal.message).toContain('a PNG with transparent parts');
  });

  it('never guesses between modes on square images alone', async () => {
    const folder = await temporaryFolder();
    const [, , square] = levelsOf('OpenCV');
    const [, , image] = await images();
    await writeInto(folder, 'a.png', image!);
    const data = new Uint8Array(square!.buffer);
    await writeInto(folder, 'a.npy', npy({ descr: '<f4', shape: [side, side, 3], data }));
    const refusal = await refusalOf(find(folder, 'NHWC'));
    expect(refusal.code).toBe('GLIMPSE_REFERENCE_AMBIGUOUS');
    expect(refusal.message).toContain('says of resize.mode: add an image that is not square');
    const said = { ...asPillow, resize: { mode: 'fill' as const } };
    const { contract } = await find(folder, 'NHWC', said);
    expect(contract.resize).toEqual({ mode: 'fill', size, kernel: 'cubic-0.75', antialias: false });
  });

  it('takes what is said for granted, and refuses where the references say otherwise', async () => {
    const folder = await writeTensors(await temporaryFolder(), 'Keras', (level) => level);
    const said = { ...asPillow, resize: { kernel: 'linear' as const } };
    expect((await refusalOf(find(folder, 'NHWC', said))).code).toBe('GLIMPSE_REFERENCE_MISMATCH');
  });

  it('asks for scale, mean and std where uint8 pixels were recorded', async () => {
    const folder = await temporaryFolder();
    const encoded = await images();
    for (const [at, levels] of levelsOf('Keras').entries()) {
      await writeInto(folder, `${at}.png`, encoded[at]!);
      const data = Uint8Array.from(levels);
      await writeInto(folder, `${at}.npy`, npy({ descr: '|u1', shape: [side, side, 3], data }));
    }
    const refusal = await refusalOf(find(folder, 'NHWC'));
    expect(refusal.code).toBe('GLIMPSE_REFERENCE_AMBIGUOUS');
    expect(refusal.message).toContain('says of scale, mean and std: add the float32 tensor');
    const said = { ...asPillow, scale: 1 / 255, ...imagenet };
    const { contract, remaining } = await find(folder, 'NHWC', said);
    expect(contract).toMatchObject({ scale: 1 / 255, ...imagenet });
    expect(remaining.map(({ largest }) => Math.round(largest! * 1000))).toEqual([0, 0, 0]);
  });

  it('finds a contract by scores alone, be they logits or their softmax', async () => {
    const encoded = await images();
    for (const isShare of [false, true]) {
      const folder = await temporaryFolder();
      for (const [at, levels] of levelsOf('torchvision').entries()) {
        const example = channelsFirst(levels.map((level, place) => asImagenet(level, place % 3)));
        const logits = logitsOf(example);
        const scores = isShare ? softmax(logits) : logits;
        await writeInto(folder, `${at}.png`, encoded[at]!);
        await writeInto(folder, `${at}.json`, Buffer.from(JSON.stringify({ scores })));
      }
      const { contract, remaining } = await find(folder, 'NCHW');
      expect(contract).toMatchObject({
        resize: { mode: 'shorter-side', size: 16, kernel: 'cubic', antialias: true },
        crop,
        colourSpace: 'rgb',
        ...imagenet,
      });
      expect(Math.max(...remaining.map(({ score }) => score!))).toBeLessThan(1e-4);
    }
  });

  it('refuses scores that the model gives under no contract', async () => {
    const folder = await temporaryFolder();
    const [image] = await images();
    await writeInto(folder, 'a.png', image!);
    await writeInto(folder, 'a.json', Buffer.from('[0.2, 0.2, 0.6]'));
    const refusal = await refusalOf(
      find(folder, 'NCHW', {
        ...asPillow,
        resize: { mode: 'fill', kernel: 'linear' },
        ...imagenet,
      }),
    );
    expect(refusal.code).toBe('GLIMPSE_REFERENCE_MISMATCH');
    expect(refusal.message).toMatch(/a score that differs by 0\.\d+, and 0\.01 may, on a\.png/);
    const nothing = await refusalOf(find(folder, 'NCHW', asPillow, { infer: inferNothing }));
    expect(nothing.code).toBe('GLIMPSE_REFERENCE_MISMATCH');
  });

  it('refuses an array of another size, and a file that is no array, by name', async () => {
    const folder = await temporaryFolder();
    const [image] = await images();
    await writeInto(folder, 'a.png', image!);
    const data = new Uint8Array(27 * 4);
    await writeInto(folder, 'a.npy', npy({ descr: '<f4', shape: [3, 3, 3], data }));
    const refusal = await refusalOf(find(folder, 'NCHW'));
    expect(refusal.code).toBe('GLIMPSE_REFERENCE_INVALID');
    expect(refusal.message).toContain('a.npy cannot be used: its shape [3, 3, 3] is neither');
    const missing = new Float32Array(side * side * 3).fill(NaN);
    const values = { descr: '<f4', shape: [side, side, 3], data: new Uint8Array(missing.buffer) };
    await writeInto(folder, 'a.npy', npy(values));
    expect((await refusalOf(find(folder, 'NCHW'))).message).toContain('that are not finite');
    await writeInto(folder, 'a.npy', Buffer.from('no array at all'));
    expect((await refusalOf(find(folder, 'NCHW'))).message).toContain('a.npy');
  });
});
