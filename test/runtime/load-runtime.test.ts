import { beforeAll, describe, expect, it, vi } from 'vitest';
import { errors } from '../../src/errors.ts';
import { loadRuntime } from '../../src/runtime/load-runtime.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import { stack, type Tensor } from '../../src/tensor.ts';
import { cellOptions } from '../support/cells.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { slowModel, tinyLogits, tinyModel, tinySignature } from '../support/tiny-onnx.ts';

// Each thread compiles its TypeScript first, which is slow on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const pixels = Float32Array.from([0.1, 0.9, 0.3, 0.7]);
const base = {
  runtime: 'onnx',
  signature: tinySignature,
  threads: 1,
  maxBatchSize: 8,
  isTrusted: true,
  ...cellOptions(),
} as const;

const confirm = () => Promise.reject(new errors.GLIMPSE_CHECKSUM_MISMATCH('tiny.onnx'));

describe('placement', () => {
  it('runs a model inline when a full batch is measured within the budget', async () => {
    const file = await writeInto(folder, 'tiny.onnx', tinyModel());
    const runtime = await loadRuntime({ ...base, file, inlineBudgetMs: 60_000 });
    expect(runtime.place).toBe('inline');
    const { data } = await runtime.infer(stack([pixels], [1, 2, 2]));
    expect([...data]).toEqual(tinyLogits(pixels).map((v) => expect.closeTo(v, 5) as number));
    await runtime.close();
  });

  it('keeps a model on its worker thread when it is not, with the same answers', async () => {
    const file = await writeInto(folder, 'tiny.onnx', tinyModel());
    const runtime = await loadRuntime({ ...base, file, inlineBudgetMs: 0 });
    expect(runtime.place).toBe('worker');
    const { data } = await runtime.infer(stack([pixels], [1, 2, 2]));
    expect([...data]).toEqual(tinyLogits(pixels).map((v) => expect.closeTo(v, 5) as number));
    await runtime.close();
  });

  it('gives a graph for a batch of two no more than two images at once', async () => {
    const file = await writeInto(folder, 'two.onnx', tinyModel({ batch: 2 }));
    const input = { ...tinySignature.input, batch: 2 };
    const measured = { openMs: 1, curve: [1, 2, 4, 8].map((size) => ({ size, ms: 0.1 })) };
    const runtime = await loadRuntime({
      ...base,
      signature: { ...tinySignature, input },
      file,
      inlineBudgetMs: 60_000,
      measured,
    });
    expect(runtime).toMatchObject({ place: 'inline', placement: { batchSize: 2 } });
    const { data } = await runtime.infer(stack([pixels, pixels, pixels], [1, 2, 2]));
    const expected = [...Array(3)].flatMap(() => tinyLogits(pixels));
    expect([...data]).toEqual(expected.map((v) => expect.closeTo(v, 5) as number));
    await runtime.close();
  });

  it('takes a measurement of an earlier start: small batches here, and its thread once a large one comes', async () => {
    const file = await writeInto(folder, 'tiny.onnx', tinyModel());
    const times = [0.5, 0.9, 1.6, 2.8];
    const curve = times.map((ms, index) => ({ size: 2 ** index, ms }));
    const started: string[] = [];
    const runtime = await loadRuntime({
      ...base,
      file,
      inlineBudgetMs: 2,
      modelBytes: 1000,
      measured: { openMs: 1, curve },
      confirm: async () => void started.push('thread'),
    });
    const placement = { batchSize: 8, inlineUpTo: 2, maxInFlight: 2, isKept: true };
    expect(runtime).toMatchObject({ place: 'worker', placement });
    const answers = async (count: number) => {
      const rows = Array.from({ length: count }, (_, at) => pixels.map((pixel) => pixel + at));
      const { shape, data } = await runtime.infer(stack(rows, [1, 2, 2]));
      expect(shape).toEqual([count, 3]);
      const expected = rows.flatMap((row) => tinyLogits(row));
      expect([...data]).toEqual(expected.map((v) => expect.closeTo(v, 3) as number));
    };
    await answers(2);
    expect(started).toEqual([]);
    await answers(5);
    await expect.poll(() => started, { timeout: 60_000 }).toEqual(['thread']);
    // In the thread, and larger than what it is given at a time.
    for (const count of [5, 19, 1]) await answers(count);
    expect(started).toEqual(['thread']);
    await runtime.close();
  });

  it('refuses a model that its thread cannot open, with the reason', async () => {
    const file = await writeInto(folder, 'other.onnx', tinyModel({ inputName: 'x' }));
    await expect(loadRuntime({ ...base, file, inlineBudgetMs: 5 })).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_INVALID',
      message: expect.stringContaining('the signature says one input "image"') as string,
    });
  });

  it('refuses files that changed between their verification and their reading', async () => {
    const file = await writeInto(folder, 'tiny.onnx', tinyModel());
    await expect(loadRuntime({ ...base, file, inlineBudgetMs: 5, confirm })).rejects.toMatchObject({
      code: 'GLIMPSE_CHECKSUM_MISMATCH',
    });
  });

  it('says how to install TensorFlow when a version asks for it and it is not there', async () => {
    const file = await writeInto(folder, 'model.json', '{}');
    const loading = loadRuntime({ ...base, runtime: 'tensorflow', file, inlineBudgetMs: 5 });
    // Where somebody has installed it, the model is refused instead.
    await expect(loading).rejects.toMatchObject({
      code: expect.stringMatching(/GLIMPSE_(RUNTIME_MISSING|MODEL_INVALID)/) as string,
    });
  });
});

describe('the event loop beside a slow model', () => {
  it('turns on while a batch computes on its worker thread, and stands still when it is inline', async () => {
    const file = await writeInto(folder, 'slow.onnx', slowModel(400));
    const worker = await loadRuntime({ ...base, file, inlineBudgetMs: 0 });
    expect(worker.placement?.measurement.curve[0]?.size).toBe(1);
    const inline = await openOnnxRuntime({ ...base, file });
    const besideWorker = await turnsUntil(worker.infer(eight()));
    const besideInline = await turnsUntil(inline.infer(eight()));
    expect(besideInline).toBeLessThan(10);
    expect(besideWorker).toBeGreaterThan(100);
    await Promise.all([worker.close(), inline.close()]);
  });
});

function eight(): Tensor {
  return stack(
    Array.from({ length: 8 }, () => pixels),
    [1, 2, 2],
  );
}

/** Turns of this thread's event loop until a promise settles. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const settled = promise.finally(() => over.abort());
  let turns = 0;
  for (; !over.signal.aborted; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  await settled;
  return turns;
}
