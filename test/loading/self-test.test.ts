import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readerIn, selfTest } from '../../src/loading/self-test.ts';
import type { GoldenSample } from '../../src/repository/manifest.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import { softmax } from '../../src/tensor.ts';
import { tinyDraft } from '../support/registry-rig.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyLogits, tinyModel, tinySignature, type TinyOptions } from '../support/tiny-onnx.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const pixels = [1, 1, 0, 1];

/** Runs the self-test of a tiny model; its "images" are four bytes, one pixel each. */
async function run(golden: GoldenSample[], options: TinyOptions = {}, spoil = 0): Promise<void> {
  const file = await writeInto(folder, 'model.onnx', tinyModel(options));
  await writeInto(folder, 'golden.png', Uint8Array.from(pixels));
  const runtime = await openOnnxRuntime({ file, signature: tinySignature, threads: 1 });
  try {
    await selfTest(tinyDraft({ golden }), readerIn(folder), runtime, (bytes) =>
      Promise.resolve(Float32Array.from(bytes, (value) => value + spoil)),
    );
  } finally {
    await runtime.close();
  }
}

const scores = softmax(tinyLogits(pixels));
const golden = { file: 'golden.png', label: 'bright', scores };

describe('the self-test', () => {
  it('accepts a version that answers its golden samples as recorded', async () => {
    await run([golden]);
  });

  it('accepts small differences in the scores, as rounding makes them', async () => {
    await run([{ ...golden, scores: scores.map((score) => score + 0.019) }]);
  });

  it('refuses another top class, and names both', async () => {
    await expect(run([{ ...golden, label: 'dark' }])).rejects.toMatchObject({
      code: 'GLIMPSE_SELF_TEST_FAILED',
      message: expect.stringContaining(
        'golden.png comes out as "bright" and is recorded as "dark"',
      ) as string,
    });
  });

  it('refuses other scores, and names the first', async () => {
    const off = [scores[0]! + 0.03, ...scores.slice(1)];
    await expect(run([{ ...golden, scores: off }])).rejects.toThrow('for "dark" and');
  });

  it('notices other weights', async () => {
    await expect(run([golden], { shift: -4 })).rejects.toMatchObject({
      code: 'GLIMPSE_SELF_TEST_FAILED',
    });
  });

  it('notices another preprocessing', async () => {
    await expect(run([golden], {}, 1)).rejects.toMatchObject({ code: 'GLIMPSE_SELF_TEST_FAILED' });
  });

  it('warms up with zeros when there are no golden samples', async () => {
    await run([]);
  });

  it('refuses golden samples without an end, so that the next version gets its turn', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const slowly = (): Promise<Float32Array> => {
      vi.advanceTimersByTime(50_000);
      return Promise.resolve(Float32Array.from(pixels));
    };
    const file = await writeInto(folder, 'model.onnx', tinyModel());
    await writeInto(folder, 'golden.png', Uint8Array.from(pixels));
    const runtime = await openOnnxRuntime({ file, signature: tinySignature, threads: 1 });
    const draft = tinyDraft({ golden: Array.from({ length: 9 }, () => golden) });
    const tested = selfTest(draft, readerIn(folder), runtime, slowly);
    await expect(tested).rejects.toThrow('its 9 golden samples take more than 120 s');
    vi.useRealTimers();
    await runtime.close();
  });

  it('refuses scores for another number of classes', async () => {
    const signature = { ...tinySignature, classes: ['dark', 'left'] };
    const file = await writeInto(folder, 'three.onnx', tinyModel());
    const inner = await openOnnxRuntime({ file, signature: tinySignature, threads: 1 });
    const draft = tinyDraft({ signature });
    await expect(
      selfTest(draft, readerIn(folder), inner, () => Promise.resolve(new Float32Array(4))),
    ).rejects.toThrow('it gives 3 scores for 2 classes');
    await inner.close();
  });

  it('refuses a model that answers with NaN', async () => {
    await expect(run([], { isNaN: true })).rejects.toThrow('not finite');
  });
});
