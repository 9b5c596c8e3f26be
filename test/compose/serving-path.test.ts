import { describe, expect, it, onTestFinished } from 'vitest';
import { bindServingPath } from '../../src/compose/serving-path.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import { tinyModel, tinySignature } from '../support/tiny-onnx.ts';
import { tinyPng, tinyPreprocessing } from '../support/tiny-version.ts';

async function openPath(queueSize: number) {
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
  const limits = { GLIMPSE_DECODE_QUEUE_SIZE: queueSize, GLIMPSE_MAX_BATCH_SIZE: 2 };
  const open = bindServingPath({ ...limits, GLIMPSE_MAX_QUEUE_SIZE: 1 }, images);
  const path = open({
    model: 'tiny',
    signature: tinySignature,
    preprocessing: tinyPreprocessing,
    runtime,
  });
  onTestFinished(async () => {
    await path.close();
    // Lent: closing the path has left it open.
    await runtime.close();
    await images.close();
  });
  return path;
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
