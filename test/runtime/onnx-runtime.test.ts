import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import type { Signature } from '../../src/signature.ts';
import { stack, unstack } from '../../src/tensor.ts';
import { withExternalData } from '../support/external-onnx.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyLogits, tinyModel, tinySignature, type TinyOptions } from '../support/tiny-onnx.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const rows = [
  [0, 0, 0, 0],
  [1, 0, 1, 0],
  [1, 1, 1, 1],
  [0.25, 0.5, 0.75, 1],
  [0.1, 0.9, 0.3, 0.7],
].map((row) => Float32Array.from(row));

async function open(options: TinyOptions & { signature?: Signature } = {}) {
  const { signature = tinySignature, ...model } = options;
  const file = await writeInto(folder, 'model.onnx', tinyModel(model));
  return await openOnnxRuntime({ file, signature, threads: 1 });
}

describe('the ONNX runtime', () => {
  it('answers a batch row by row, in order', async () => {
    const runtime = await open();
    const { shape, data } = await runtime.infer(stack(rows, [1, 2, 2]));
    expect(shape).toEqual([5, 3]);
    expect(unstack({ shape, data }).map((row) => [...row])).toEqual(
      rows.map((row) => tinyLogits(row).map((value) => expect.closeTo(value, 5) as number)),
    );
    expect(runtime.place).toBe('inline');
    await runtime.close();
  });

  it('runs a graph with a fixed batch axis as often as needed', async () => {
    const runtime = await open({ batch: 2 });
    const { shape, data } = await runtime.infer(stack(rows, [1, 2, 2]));
    expect(unstack({ shape, data }).map((row) => [...row])).toEqual(
      rows.map((row) => tinyLogits(row).map((value) => expect.closeTo(value, 5) as number)),
    );
    await runtime.close();
  });

  it('looks at what else has come between two runs of a batch', async () => {
    const runtime = await open({ batch: 2 });
    let turns = 0;
    const count = (): NodeJS.Immediate => setImmediate(() => ((turns += 1), (next = count())));
    let next = count();
    await runtime.infer(stack(rows, [1, 2, 2]));
    clearImmediate(next);
    expect(turns).toBe(2);
    await runtime.close();
  });

  it('fails a batch of the wrong shape with GLIMPSE_RUNTIME_FAILED and answers the next', async () => {
    const runtime = await open();
    const wrong = { shape: [1, 5], data: new Float32Array(5) };
    await expect(runtime.infer(wrong)).rejects.toMatchObject({ code: 'GLIMPSE_RUNTIME_FAILED' });
    const { data } = await runtime.infer(stack(rows.slice(0, 1), [1, 2, 2]));
    expect(data).toHaveLength(3);
    await runtime.close();
  });

  it('keeps its answers when the next batch runs', async () => {
    const runtime = await open();
    const first = await runtime.infer(stack(rows.slice(1, 2), [1, 2, 2]));
    const before = [...first.data];
    await runtime.infer(stack(rows.slice(2, 3), [1, 2, 2]));
    expect([...first.data]).toEqual(before);
    await runtime.close();
  });
});

const typed = (dtype: Signature['input']['dtype']): Signature => ({
  ...tinySignature,
  input: { ...tinySignature.input, dtype },
});

describe('a model of another type than float32', () => {
  it('of bytes takes whole levels, the nearest of them and none beyond 0 to 255', async () => {
    const runtime = await open({ inputType: 'uint8', signature: typed('uint8') });
    const given = [
      [0, 128, 255, 7],
      [0.5, 1.5, 254.6, 300],
    ];
    const taken = [
      [0, 128, 255, 7],
      [0, 2, 255, 255],
    ];
    const { data } = await runtime.infer(
      stack(
        given.map((row) => Float32Array.from(row)),
        [1, 2, 2],
      ),
    );
    const expected = taken.flatMap((row) => tinyLogits(row.map((level) => level / 255)));
    expect([...data]).toEqual(expected.map((value) => expect.closeTo(value, 5) as number));
    await runtime.close();
  });

  it('of half precision takes and gives halves, in fixed batches as well', async () => {
    const halves = { inputType: 'float16', outputType: 'float16', batch: 2 } as const;
    const runtime = await open({ ...halves, signature: typed('float16') });
    const { shape, data } = await runtime.infer(stack(rows, [1, 2, 2]));
    expect(shape).toEqual([5, 3]);
    const expected = rows.flatMap((row) => tinyLogits(row));
    // A half of up to 4 is right to a thousandth; each pixel and each logit is rounded.
    const off = expected.map((value, at) => Math.abs(value - data[at]!));
    expect(Math.max(...off)).toBeLessThan(0.004);
    expect(Math.max(...off)).toBeGreaterThan(0);
    await runtime.close();
  });

  it('is not opened by a signature that says another', async () => {
    await expect(open({ signature: typed('uint8') })).rejects.toThrow(
      'one input "image" of uint8 [N, 1, 2, 2], and the graph has "image" of float32',
    );
    await expect(open({ inputType: 'uint8' })).rejects.toThrow('"image" of uint8');
  });

  it('gives scores of no other type than float32 and float16', async () => {
    await expect(open({ outputType: 'int32' })).rejects.toThrow('of float32 or float16 [N, 3]');
  });
});

describe('the ONNX runtime and the signature', () => {
  const refusals: [string, TinyOptions & { signature?: Signature }, string][] = [
    ['another input name', { inputName: 'x' }, '"x" of float32 [N, 1, 2, 2]'],
    ['another input shape', { inputShape: [2, 2, 1] }, '[N, 2, 2, 1]'],
    ['another rank', { inputShape: [4] }, '[N, 4]'],
    ['another output name', { outputName: 'scores' }, '"scores" of float32 [N, 3]'],
    [
      'another number of classes',
      { signature: { ...tinySignature, classes: ['a', 'b'] } },
      'float32 or float16 [N, 2]',
    ],
  ];

  it.each(refusals)('refuses a graph with %s, and says both sides', async (_, options, words) => {
    const opened = open(options);
    await expect(opened).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
    await expect(opened).rejects.toThrow(words);
    await expect(opened).rejects.toThrow('the signature says');
  });

  it('refuses bytes that are no model, without the path of this machine', async () => {
    const file = await writeInto(folder, 'garbage.onnx', 'these are not the bytes of a model');
    const opened = openOnnxRuntime({ file, signature: tinySignature, threads: 1 });
    await expect(opened).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
    await expect(opened).rejects.not.toThrow(folder);
  });

  it.each(['net.onnx.data', '../outside.bin'])(
    'refuses a graph whose weights are at %s, without the path of this machine',
    async (location) => {
      const { graph, data } = withExternalData(tinyModel(), location);
      const file = await writeInto(folder, 'external.onnx', graph);
      await writeFile(join(dirname(folder), 'outside.bin'), data);
      const refused = openOnnxRuntime({ file, signature: tinySignature, threads: 1 });
      const error: unknown = await refused.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
      expect(String(error)).toContain(location);
      expect(String(error)).not.toContain(dirname(folder));
    },
  );

  it('refuses a file that is not there', async () => {
    const opened = openOnnxRuntime({
      file: `${folder}/nothing.onnx`,
      signature: tinySignature,
      threads: 1,
    });
    await expect(opened).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
  });
});
