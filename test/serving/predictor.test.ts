import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCancellation } from '../../src/cancellation.ts';
import { errors } from '../../src/errors.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import { createImagePreparer, type ImagePreparer } from '../../src/image/prepare-image.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import {
  createPredictor,
  type PredictRequest,
  type Predictor,
} from '../../src/serving/predictor.ts';
import { softmax } from '../../src/tensor.ts';
import { createRegistryRig, type RegistryRig } from '../support/registry-rig.ts';
import { tinyLogits, tinyModel, tinySignature, type TinyOptions } from '../support/tiny-onnx.ts';

let images: ImagePreparer;
let rig: RegistryRig;
let predictor: Predictor;

beforeAll(() => {
  images = createImagePreparer({
    limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 },
    concurrency: 2,
    queueSize: 64,
    threads: 1,
  });
});
afterAll(() => images.close());
afterEach(() => rig.registry.close());

/** Real images, real registry, real ONNX Runtime; each version adds its own shift to the last class. */
async function start(versions = 1, options: TinyOptions = {}): Promise<void> {
  rig = await createRegistryRig({
    loadRuntime: ({ file, signature }) => openOnnxRuntime({ file, signature, threads: 1 }),
  });
  for (let version = 1; version <= versions; version += 1) {
    await rig.publish({
      files: new Map([['model.onnx', tinyModel({ shift: (version - 1) * 10, ...options })]]),
      ...(version === 1 && { label: 'production' }),
    });
  }
  await rig.registry.start();
  predictor = createPredictor({ registry: rig.registry, images });
}

const ask = (changes: Partial<PredictRequest>) =>
  predictor.predict({
    model: 'digits',
    instances: [],
    topK: 3,
    partial: false,
    cancellation: createCancellation(),
    ...changes,
  });

const png = (pixels: number[]) =>
  encodePng(Uint8Array.from(pixels), { width: 2, height: 2, channels: 1 });
const leases = () =>
  rig.registry
    .describe()
    .flatMap(({ versions }) => versions)
    .reduce((sum, version) => sum + version.leases, 0);

/** What the tiny model says to four pixels of 0..255. */
function expected(pixels: number[], shift = 0) {
  const scores = softmax(
    tinyLogits(
      pixels.map((value) => value / 255),
      shift,
    ),
  );
  return scores
    .map((score, index) => ({ label: tinySignature.classes[index]!, score }))
    .sort((a, b) => b.score - a.score)
    .map(({ label, score }) => ({ label, score: expect.closeTo(score, 5) as number }));
}

const bright = [255, 255, 0, 255];
const dark = [0, 0, 0, 0];
const left = [255, 0, 255, 0];

describe('a prediction', () => {
  it('names classes and scores for images and pixels, in the order they came', async () => {
    await start();
    const answer = await ask({
      instances: [
        { kind: 'image', bytes: await png(bright) },
        { kind: 'pixels', values: dark },
        { kind: 'image', bytes: await png(left) },
        {
          kind: 'pixels',
          values: [
            [255, 255],
            [0, 255],
          ],
        },
      ],
    });
    expect(answer).toMatchObject({ model: 'digits', version: 1 });
    expect(answer.predictions).toEqual(
      [bright, dark, left, bright].map((pixels) => {
        const top = expected(pixels);
        return { ...top[0], top };
      }),
    );
    expect(Object.values(answer.timings).every((ms) => ms >= 0)).toBe(true);
    expect(Object.keys(answer.timings)).toEqual(['decodeMs', 'queueMs', 'inferMs']);
    expect(leases()).toBe(0);
  });

  it('makes no AbortController while its caller stays, however many images it has', async () => {
    await start();
    const made = vi.spyOn(globalThis, 'AbortController');
    const instances = [bright, dark].map(async (pixels) => ({
      kind: 'image' as const,
      bytes: await png(pixels),
    }));
    const cancellation = createCancellation({ deadline: performance.now() + 20_000 });
    await ask({ instances: await Promise.all(instances), cancellation });
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
    cancellation.end();
  });

  it('comes from the version that was chosen: by default, by number, by label', async () => {
    await start(2);
    const instances = [{ kind: 'pixels', values: dark } as const];
    const first = async (choice: Partial<PredictRequest>) => {
      const { version, predictions } = await ask({ instances, topK: 1, ...choice });
      return { version, top: predictions.map((each) => ('top' in each ? each.top : each)) };
    };
    const ofOne = { version: 1, top: [expected(dark).slice(0, 1)] };
    const ofTwo = { version: 2, top: [expected(dark, 10).slice(0, 1)] };
    expect(await first({})).toEqual(ofOne);
    expect(await first({ selector: { version: 2 } })).toEqual(ofTwo);
    expect(await first({ selector: { label: 'latest' } })).toEqual(ofTwo);
    expect(await first({ selector: { label: 'production' } })).toEqual(ofOne);
  });

  it('of no instance is an empty answer', async () => {
    await start();
    expect((await ask({ instances: [] })).predictions).toEqual([]);
  });

  it('names no more classes than there are, and at least one', async () => {
    await start();
    const instances = [{ kind: 'pixels', values: dark } as const];
    const sizes = [1, 2, 50, 0].map(async (topK) => {
      const { predictions } = await ask({ instances, topK });
      return predictions.flatMap((each) => ('top' in each ? each.top.length : []));
    });
    expect(await Promise.all(sizes)).toEqual([[1], [2], [3], [1]]);
  });
});

describe('a bad instance', () => {
  const failed = { kind: 'failed', error: new errors.GLIMPSE_BAD_BASE64(1, 'of no use') } as const;
  const wrong = { kind: 'pixels', values: [1, 2, 3] } as const;
  const garbage = { kind: 'image', bytes: Buffer.from('no image at all, only words') } as const;
  const good = { kind: 'pixels', values: dark } as const;

  it.each([
    ['that failed while the body was read', failed, 'GLIMPSE_BAD_BASE64', 400],
    ['with too few pixels', wrong, 'GLIMPSE_PIXEL_COUNT', 422],
    ['of no image format', garbage, 'GLIMPSE_UNSUPPORTED_FORMAT', 415],
  ])('%s refuses the request and says which one it is', async (_, bad, code, statusCode) => {
    await start();
    await expect(ask({ instances: [good, good, bad, good] })).rejects.toMatchObject({
      code,
      statusCode,
      details: { index: 2 },
    });
    expect(leases()).toBe(0);
  });

  it('gets an error of its own with partial, and the good ones are answered', async () => {
    await start();
    const { predictions } = await ask({
      instances: [good, wrong, garbage, failed, good],
      partial: true,
    });
    const top = expected(dark);
    expect(predictions).toEqual([
      { ...top[0], top },
      { error: expect.objectContaining({ code: 'GLIMPSE_PIXEL_COUNT' }) as object },
      { error: expect.objectContaining({ code: 'GLIMPSE_UNSUPPORTED_FORMAT' }) as object },
      { error: expect.objectContaining({ code: 'GLIMPSE_BAD_BASE64' }) as object },
      { ...top[0], top },
    ]);
  });

  it.each([true, false])(
    'fails alone when only its scores are not finite, partial=%s',
    async (partial) => {
      await start(1, { isNaNWhenBright: true });
      const [nan, finite] = [[255, 255, 255, 255], left].map(
        (values) => ({ kind: 'pixels', values }) as const,
      );
      const asked = ask({ instances: [finite!, nan!, finite!], partial });
      const error = { code: 'GLIMPSE_RUNTIME_FAILED' };
      if (partial) {
        const answered = { label: expect.any(String), score: expect.any(Number) };
        expect((await asked).predictions).toMatchObject([answered, { error }, answered]);
      } else await expect(asked).rejects.toMatchObject({ ...error, statusCode: 500 });
      expect(leases()).toBe(0);
    },
  );

  it('is no reason to run the model when there is no good one', async () => {
    await start();
    const { predictions, timings } = await ask({ instances: [wrong], partial: true });
    expect(predictions).toHaveLength(1);
    expect(timings).toMatchObject({ queueMs: 0, inferMs: 0 });
  });
});
