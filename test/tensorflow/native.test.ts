import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime, type LoadRuntimeOptions } from '../../src/runtime/load-runtime.ts';
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

const load = (options: Partial<LoadRuntimeOptions>): Promise<ModelRuntime> =>
  loadRuntime({
    runtime: 'tensorflow',
    file: join(saved, 'saved_model.pb'),
    signature,
    threads: 1,
    maxBatchSize: 20_000,
    isTrusted: false,
    ...cellOptions(),
    inlineBudgetMs: 1000,
    ...options,
  });

/** The processes that this one has started and that run; Linux only, as is the test. */
async function children(): Promise<Set<number>> {
  const threads = await readdir('/proc/self/task');
  const lists = threads.map((thread) => readFile(`/proc/self/task/${thread}/children`, 'utf8'));
  return new Set((await Promise.all(lists)).join(' ').split(/\s+/).filter(Boolean).map(Number));
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

beforeAll(async () => {
  const written = JSON.parse(await readFile(join(saved, 'answers.json'), 'utf8'));
  examples = written.examples.map((row: number[]) => Float32Array.from(row));
  answers = written.answers;
  keras = await mkdtemp(join(tmpdir(), 'glimpse-keras-'));
});
afterAll(() => rm(keras, { recursive: true, force: true }));

describe('the TensorFlow runtime on tfjs-node', () => {
  it.each([
    ['when it is trusted', true],
    ['when it is not', false],
  ] as const)(
    'answers a SavedModel in a cell as Python does, without a word of TensorFlow, %s',
    async (_whether, isTrusted) => {
      const cells = cellOptions();
      const runtime = await load({ isTrusted, ...cells });
      try {
        expect(runtime.place).toBe('cell');
        await expectAnswers(runtime);
        expect(cells.output).toEqual([]);
      } finally {
        await runtime.close();
      }
    },
  );

  it('loses the batches of a cell that is killed with -9, and answers the next one from another', async () => {
    const before = await children();
    const restarts: string[] = [];
    const runtime = await load({ onRestart: (reason) => restarts.push(reason) });
    const [pid] = [...(await children())].filter((child) => !before.has(child));
    const many = Array.from({ length: 20_000 }, (_, index) => examples[index % examples.length]!);
    const lost = runtime.infer(stack(many, [8, 8, 1]));
    await delay(2);
    process.kill(pid!, 'SIGKILL');
    await expect(lost).rejects.toMatchObject({ code: 'GLIMPSE_RUNTIME_FAILED' });
    await expectAnswers(runtime);
    expect(restarts).toEqual([expect.stringContaining('it was ended by SIGKILL')]);
    await runtime.close();
  });

  it('holds no more memory after 10,000 predictions than after the first 1,000', async () => {
    const before = await children();
    const runtime = await load({});
    const [pid] = [...(await children())].filter((child) => !before.has(child));
    const one = (): Promise<unknown> => runtime.infer(stack(examples.slice(0, 1), [8, 8, 1]));
    for (let i = 0; i < 1_000; i += 1) await one();
    const settled = await residentMiB(pid!);
    for (let i = 0; i < 10_000; i += 1) await one();
    const grown = (await residentMiB(pid!)) - settled;
    console.log(
      `TensorFlow holds ${settled.toFixed(0)} MiB, ${grown.toFixed(1)} more after 10,000`,
    );
    expect(grown).toBeLessThan(8);
    await runtime.close();
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
