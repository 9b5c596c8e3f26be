import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import * as cpu from '@tensorflow/tfjs-backend-cpu';
import util from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensorflow } from '../../src/runtime/tensorflow-api.ts';
import { importTensorflow, openTensorflowRuntime } from '../../src/runtime/tensorflow-runtime.ts';
import type { Signature } from '../../src/signature.ts';
import { stack, unstack } from '../../src/tensor.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';

/** TensorFlow.js without its native engine: the same functions, so the same code runs. */
const tf = { ...core, ...layers } as unknown as Tensorflow;

const signature: Signature = {
  input: { name: 'x', dtype: 'float32', layout: 'NHWC', shape: [2, 2, 1] },
  output: { name: 'probabilities', kind: 'probabilities' },
  classes: ['a', 'b', 'c'],
};
const open = (file: string, overrides: Partial<Signature> = {}) =>
  openTensorflowRuntime(tf, { file, signature: { ...signature, ...overrides }, threads: 1 });

let folder: string;
let file: string;
let model: layers.Sequential;
const rows = [
  [0, 0, 0, 0],
  [1, 2, 3, 4],
].map((row) => Float32Array.from(row));

beforeAll(async () => {
  expect(cpu.version_cpu, 'one version of TensorFlow.js').toBe(core.version_core);
  await core.setBackend('cpu');
  folder = await temporaryFolder();
  model = layers.sequential({
    layers: [
      layers.layers.flatten({ inputShape: [2, 2, 1] }),
      layers.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  await model.save({
    save: async (artifacts) => {
      const weights = Buffer.from(artifacts.weightData as ArrayBuffer);
      await writeInto(folder, 'a.bin', weights.subarray(0, 20));
      await writeInto(folder, 'b.bin', weights.subarray(20));
      const manifest = [{ paths: ['a.bin', 'b.bin'], weights: artifacts.weightSpecs }];
      const { modelTopology } = artifacts;
      const json = { format: 'layers-model', modelTopology, weightsManifest: manifest };
      file = await writeInto(folder, 'model.json', JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
});

describe('the TensorFlow runtime', () => {
  it('answers like the Keras model it was saved from, row by row', async () => {
    const expected = model.predict(core.tensor([0, 0, 0, 0, 1, 2, 3, 4], [2, 2, 2, 1]));
    const values = await (expected as core.Tensor).data();
    const runtime = await open(file);
    const answer = await runtime.infer(stack(rows, [2, 2, 1]));
    expect(answer.shape).toEqual([2, 3]);
    expect(unstack(answer).flatMap((row) => [...row])).toEqual(
      [...values].map((value) => expect.closeTo(value, 6) as number),
    );
    await runtime.close();
  });

  it('leaks no tensor, neither on answers nor on failures, nor after it is closed', async () => {
    const before = tf.memory().numTensors;
    const runtime = await open(file);
    await runtime.infer(stack(rows, [2, 2, 1]));
    const warm = tf.memory().numTensors;
    for (let i = 0; i < 20; i += 1) await runtime.infer(stack(rows, [2, 2, 1]));
    const wrong = { shape: [1, 3], data: new Float32Array(3) };
    await expect(runtime.infer(wrong)).rejects.toMatchObject({ code: 'GLIMPSE_RUNTIME_FAILED' });
    expect(tf.memory().numTensors).toBe(warm);
    await runtime.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('fails a batch whose answers do not fit the classes, without a leak', async () => {
    const runtime = await open(file, { classes: ['a', 'b'] });
    const before = tf.memory().numTensors;
    await expect(runtime.infer(stack(rows, [2, 2, 1]))).rejects.toThrow('not [2, 2]');
    expect(tf.memory().numTensors).toBe(before);
    await runtime.close();
  });

  it('refuses a model whose input is not that of the signature', async () => {
    const input = { ...signature.input, shape: [3, 3, 1] };
    await expect(open(file, { input })).rejects.toThrow('takes [N, 2, 2, 1]');
  });

  it('says that a SavedModel needs tfjs-node when the given TensorFlow cannot read it', async () => {
    const saved = await writeInto(folder, 'saved_model.pb', '');
    await expect(open(saved)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_INVALID',
      message: expect.stringContaining('only tfjs-node reads SavedModel') as string,
    });
  });

  const broken: [string, unknown, string][] = [
    ['is not JSON', 'model', 'is not JSON'],
    ['names no weights', { modelTopology: {} }, 'does not fit'],
    ['leaves its folder', manifestOf('../outside.bin'), 'lies outside its folder'],
    ['names a missing file', manifestOf('missing.bin'), 'cannot be read'],
    ['is no model', { modelTopology: {}, weightsManifest: [] }, 'TensorFlow cannot open it'],
  ];
  it.each(broken)('refuses a model.json that %s', async (_, content, words) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const opened = open(await writeInto(folder, 'broken.json', text));
    await expect(opened).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
    await expect(opened).rejects.toThrow(words);
  });
});

describe('importing TensorFlow', () => {
  it('puts back what Node took away and tfjs-node needs; without the package it says how to install it', async () => {
    const result = await importTensorflow().catch((error: unknown) => error);
    const check = Reflect.get(util, 'isNullOrUndefined') as (value: unknown) => boolean;
    expect([null, undefined, 0, ''].map(check)).toEqual([true, true, false, false]);
    if (result instanceof Error) {
      expect(result).toMatchObject({ code: 'GLIMPSE_RUNTIME_MISSING', statusCode: 500 });
      expect(result.message).toContain('npm run install:tensorflow');
    }
  });
});

function manifestOf(path: string): unknown {
  return { modelTopology: {}, weightsManifest: [{ paths: [path], weights: [] }] };
}
