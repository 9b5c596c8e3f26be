import { readFile, rm, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/runtime/load-runtime.ts';
import type { ModelRuntime } from '../../src/runtime/runtime.ts';
import { importTensorflow, openTensorflowRuntime } from '../../src/runtime/tensorflow-runtime.ts';
import type { Signature } from '../../src/signature.ts';
import { stack, unstack } from '../../src/tensor.ts';
import { cellOptions } from '../support/cells.ts';

/**
 * The TensorFlow runtime on the real tfjs-node; `npm run test:tensorflow` installs it and has Python's
 * TensorFlow write the SavedModel first.
 */
const saved = process.env['SAVED_MODEL_FOLDER']!;
const signature: Signature = {
  input: { name: 'image', dtype: 'float32', layout: 'NHWC', shape: [8, 8, 1] },
  output: { name: 'probabilities', kind: 'probabilities' },
  classes: ['a', 'b', 'c'],
};

let examples: Float32Array[];
let answers: number[][];
let keras: string;

const expectAnswers = async (runtime: ModelRuntime): Promise<void> => {
  const rows = unstack(await runtime.infer(stack(examples, [8, 8, 1])));
  expect(rows).toHaveLength(answers.length);
  rows.forEach((row, index) =>
    row.forEach((score, k) => expect(score).toBeCloseTo(answers[index]![k]!, 5)),
  );
};

beforeAll(async () => {
  const written = JSON.parse(await readFile(join(saved, 'answers.json'), 'utf8'));
  examples = written.examples.map((row: number[]) => Float32Array.from(row));
  answers = written.answers;
  keras = await mkdtemp(join(tmpdir(), 'glimpse-keras-'));
});
afterAll(() => rm(keras, { recursive: true, force: true }));

describe('the TensorFlow runtime on tfjs-node', () => {
  it.each([
    ['on a worker thread, when it is trusted', true, 'worker'],
    ['in a cell, when it is not', false, 'cell'],
  ] as const)('answers a SavedModel as Python does, %s', async (_where, isTrusted, place) => {
    const runtime = await loadRuntime({
      runtime: 'tensorflow',
      file: join(saved, 'saved_model.pb'),
      signature,
      threads: 1,
      maxBatchSize: 8,
      isTrusted,
      ...cellOptions(),
      inlineBudgetMs: 1000,
    });
    try {
      expect(runtime.place).toBe(place);
      await expectAnswers(runtime);
    } finally {
      await runtime.close();
    }
  });

  it('serves the SavedModel from this thread and keeps no tensor', async () => {
    const tf = await importTensorflow();
    const file = join(saved, 'saved_model.pb');
    const runtime = await openTensorflowRuntime(tf, { file, signature, threads: 1 });
    await expectAnswers(runtime);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 20; i += 1) await expectAnswers(runtime);
    expect(tf.memory().numTensors).toBe(before);
    await runtime.close();
  });

  it('opens a Keras model in the format of TensorFlow.js', async () => {
    const tf = await importTensorflow();
    const { layers, sequential, tensor } =
      tf as unknown as typeof import('@tensorflow/tfjs-layers') &
        typeof import('@tensorflow/tfjs-core');
    const model = sequential({
      layers: [
        layers.flatten({ inputShape: [8, 8, 1] }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    await model.save({
      save: async ({ modelTopology, weightSpecs, weightData }) => {
        await writeFile(join(keras, 'weights.bin'), Buffer.from(weightData as ArrayBuffer));
        const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
        const json = { format: 'layers-model', modelTopology, weightsManifest };
        await writeFile(join(keras, 'model.json'), JSON.stringify(json));
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
    const wanted = model.predict(tensor(Array.from(examples[0]!), [1, 8, 8, 1]));
    const scores = await (wanted as import('@tensorflow/tfjs-core').Tensor).data();
    const file = join(keras, 'model.json');
    const runtime = await openTensorflowRuntime(tf, { file, signature, threads: 1 });
    const [row] = unstack(await runtime.infer(stack(examples.slice(0, 1), [8, 8, 1])));
    row!.forEach((score, k) => expect(score).toBeCloseTo(scores[k]!, 5));
    await runtime.close();
  });
});
