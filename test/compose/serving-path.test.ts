import { describe, expect, it, onTestFinished } from 'vitest';
import { bindBatchPredictor, bindServingPath } from '../../src/compose/serving-path.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { tinyModel, tinySignature } from '../support/tiny-onnx.ts';
import {
  tinyDraft,
  tinyPixels,
  tinyPng,
  tinyPreprocessing,
  tinyScores,
} from '../support/tiny-version.ts';

async function openParts(queueSize: number) {
  const images = createImagePreparer({
    limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 },
    concurrency: 1,
    queueSize,
    threads: 1,
  });
  const runtime = await openOnnxRuntime({
    file: tinyModel(),
    signature: tinySignature,
    threads: 1,
  });
  onTestFinished(async () => {
    // Lent: closing the path has left it open.
    await runtime.close();
    await images.close();
  });
  const limits = { GLIMPSE_DECODE_QUEUE_SIZE: queueSize, GLIMPSE_MAX_BATCH_SIZE: 2 };
  return { images, runtime, limits };
}

async function openPath(queueSize: number) {
  const { images, runtime, limits } = await openParts(queueSize);
  const open = bindServingPath({ ...limits, GLIMPSE_MAX_QUEUE_SIZE: 1 }, images);
  const path = open({
    model: 'tiny',
    signature: tinySignature,
    preprocessing: tinyPreprocessing,
    runtime,
  });
  onTestFinished(() => path.close());
  return path;
}

/** The predictor of batch predictions over the same model. */
async function openBatch(queueSize: number) {
  const { images, runtime, limits } = await openParts(queueSize);
  const open = bindBatchPredictor({ ...limits, GLIMPSE_MAX_QUEUE_SIZE: queueSize }, images);
  const manifest: Manifest = {
    ...(await tinyDraft({ model: 'tiny' })),
    formatVersion: 1,
    version: 4,
    createdAt: '',
    writerId: '',
    files: [{ path: 'model.onnx', size: 1, sha256: 'ab' }],
  };
  const predictor = open(manifest, runtime);
  onTestFinished(() => predictor.close());
  return predictor;
}

describe('the serving path of a version that no registry has', () => {
  const { signal } = new AbortController();

  it('answers each image with its class, in order, under the smallest limits of a server', async () => {
    const path = await openPath(1);
    const [left, dark] = await Promise.all([tinyPng('left'), tinyPng('dark')]);
    const sent = [left, dark, dark, left, dark, left, left, left, dark];
    expect(await path.answersTo(sent, signal)).toEqual(
      sent.map((bytes) => ({ label: bytes === left ? 'left' : 'dark' })),
    );
  });

  it('has the code of a refusal for an image that is refused, and answers those beside it', async () => {
    const path = await openPath(10);
    const left = await tinyPng('left');
    const broken = new Uint8Array([1, 2, 3]);
    expect(await path.answersTo([broken, left, broken], signal)).toEqual([
      { refusal: 'GLIMPSE_UNSUPPORTED_FORMAT' },
      { label: 'left' },
      { refusal: 'GLIMPSE_UNSUPPORTED_FORMAT' },
    ]);
  });

  it('ends with the reason of its signal', async () => {
    const path = await openPath(10);
    const left = await tinyPng('left');
    const stop = new AbortController();
    const answered = path.answersTo(
      Array.from({ length: 100 }, () => left),
      stop.signal,
    );
    stop.abort('cancel');
    await expect(answered).rejects.toBe('cancel');
    await expect(path.answersTo([left], stop.signal)).rejects.toBe('cancel');
  });
});

describe('the predictor of batch predictions', () => {
  const { signal } = new AbortController();

  it('answers images and pixels as the server does, and keeps what was refused before', async () => {
    const predictor = await openBatch(100);
    const input = { line: 1 };
    const answers = await predictor.answersTo(
      [
        { ...input, image: await tinyPng('left') },
        { ...input, problem: 'The row cannot be used: no.', code: 'GLIMPSE_ROW_UNUSABLE' },
        { ...input, pixels: tinyPixels.left },
        { ...input, pixels: Uint8Array.from(tinyPixels.dark) },
        { ...input, image: new Uint8Array([1, 2, 3]) },
        { ...input, pixels: [0, 0, 256, 0] },
        { ...input, pixels: [0, 0.5, 0, 1] },
        { ...input, pixels: [0, 0] },
      ],
      2,
      signal,
    );
    const score = expect.closeTo(tinyScores('left')[1]!, 5) as number;
    const left = { label: 'left', score, top: [{ label: 'left', score }, expect.anything()] };
    expect(answers).toEqual([
      expect.objectContaining(left),
      { error: { code: 'GLIMPSE_ROW_UNUSABLE', message: 'The row cannot be used: no.' } },
      expect.objectContaining(left),
      expect.objectContaining({ label: 'dark' }),
      ...['UNSUPPORTED_FORMAT', 'PIXEL_VALUE', 'PIXEL_RANGE', 'PIXEL_COUNT'].map((code) => ({
        error: { code: `GLIMPSE_${code}`, message: expect.any(String) as string },
      })),
    ]);
    expect(predictor.digests).toEqual({
      model: 'sha256:ab',
      preprocessing: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    });
  });

  it.each([1, 2, 7, 100])(
    'overflows no queue of %i with as many calls as it takes',
    async (size) => {
      const predictor = await openBatch(size);
      const { inputsInCall, callsAtOnce } = predictor;
      const image = await tinyPng('dark');
      const call = Array.from({ length: inputsInCall }, () => ({ line: 1, image }));
      const calls = Array.from({ length: callsAtOnce }, () => predictor.answersTo(call, 1, signal));
      const answers = (await Promise.all(calls)).flat();
      expect(answers).toHaveLength(inputsInCall * callsAtOnce);
      for (const answer of answers) expect(answer).toMatchObject({ label: 'dark' });
    },
  );
});
