import { describe, expect, it, onTestFinished } from 'vitest';
import type { Entry } from '../../src/entry.ts';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildShardGraph } from '../../src/neural/shard-graphs.ts';
import { createRandom } from '../../src/random.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { createInlineSource } from '../../src/training/examples/batch-source.ts';
import { cutRows } from '../../src/training/steps/cut-batch.ts';
import { withDigest } from '../../src/datasets/dataset.ts';
import { graphOptions } from '../../src/training/steps/stepper.ts';
import { startThreadedWorker } from '../../src/training/steps/threaded-worker.ts';
import { createTrainer, type TrainerOptions } from '../../src/training/steps/trainer.ts';
import { programOf } from '../support/programs.ts';

const inputShape = [1, 6, 6];
const input = { inputShape, classes: 3 };
const chance = createRandom(7);
const pixels = new Uint8Array(new SharedArrayBuffer(50 * 36)).map(() => chance.integer(256));
const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
shared.set(pixels);
const dataset = withDigest({
  pixels: shared,
  labels: Int32Array.from({ length: 50 }, (_, index) => index % 3),
  shape: { width: 6, height: 6, channels: 1 },
  classes: ['a', 'b', 'c'],
});

const plain = [{ type: 'flatten' }, { type: 'dense', units: 9 }, { type: 'dense' }];
const withChance = [
  { type: 'conv2d', filters: 4, kernelSize: 3 },
  { type: 'batchNormalization' },
  { type: 'dropout', rate: 0.3 },
  { type: 'flatten' },
  { type: 'dense' },
];

/** 50 examples in batches of 24: the last one of an epoch has 2, too few to be shared. */
function options(workers: number, layers: readonly object[], threads = workers): TrainerOptions {
  const batches = createInlineSource({
    dataset,
    indices: Int32Array.from({ length: 50 }, (_, index) => index),
    preprocessing: { ...mnistPreprocessing, width: 6, height: 6 },
    batchSize: 24,
    random: createRandom(2),
  });
  return {
    ...input,
    layers: resolveArchitecture({ layers }, input),
    batches,
    batchSize: 24,
    epochs: 4,
    optimizer: { name: 'adam', learningRate: 0.01 },
    schedule: { name: 'constant' },
    labelSmoothing: 0.1,
    l2: 0.01,
    gradientClip: 0.5,
    classWeights: [1, 2, 0.5],
    random: createRandom(3),
    threads: 1,
    parallelism: { workers, threads },
  };
}

async function trained(workers: number, layers: readonly object[], epochs = 4, threads = workers) {
  const trainer = await createTrainer(options(workers, layers, threads));
  const { signal } = new AbortController();
  const figures = [];
  while (trainer.epoch < epochs) figures.push(await trainer.runEpoch(signal));
  const { values } = trainer.state();
  await trainer.close();
  return { figures, values };
}

describe('a batch shared among threads', () => {
  it.each([2, 3])('teaches what it teaches on one: %i of them', async (workers) => {
    const [lone, together] = [await trained(1, plain), await trained(workers, plain)];
    for (const [name, values] of lone.values) {
      together.values.get(name)!.forEach((value, at) => expect(value).toBeCloseTo(values[at]!, 4));
    }
    lone.figures.forEach(({ loss, accuracy }, epoch) => {
      expect(together.figures[epoch]!.loss).toBeCloseTo(loss, 4);
      expect(together.figures[epoch]!.accuracy).toBe(accuracy);
    });
  });

  it('gives the same numbers again, on any number of threads, and others with other workers', async () => {
    const two = await trained(2, withChance, 2);
    expect(await trained(2, withChance, 2, 1)).toEqual(two);
    const three = await trained(3, withChance, 2);
    expect(await trained(3, withChance, 2, 2)).toEqual(three);
    expect(three.values).not.toEqual(two.values);
    const lone = await trained(1, withChance, 2);
    expect(lone.values).not.toEqual(two.values);
  });

  it('goes on from a state between two steps as if nothing had been', async () => {
    const whole = await trained(2, withChance, 2);
    const stop = new AbortController();
    const first = await createTrainer(options(2, withChance));
    const afterStep = (step: number) => step === 2 && stop.abort(new Error('later'));
    await expect(first.runEpoch(stop.signal, afterStep)).rejects.toThrow('later');
    const second = await createTrainer(options(2, withChance), first.state());
    await first.close();
    const { signal } = new AbortController();
    await second.runEpoch(signal);
    const figures = await second.runEpoch(signal);
    expect(second.state().values).toEqual(whole.values);
    expect(figures).toEqual(whole.figures[1]);
    await second.close();
  });
});

describe('the rows of a batch', () => {
  it.each([
    [50, 2, [25, 25]],
    [50, 3, [17, 17, 16]],
    [64, 16, [8, 8, 8, 8, 8, 8, 8, 8]],
    [17, 2, [9, 8]],
    [15, 2, [15]],
    [1, 16, [1]],
  ])('%i among %i are cut into %j', (size, workers, expected) => {
    expect(cutRows(size, workers)).toEqual(expected);
  });
});

/** Eight examples, said to be so many rows of 16. */
const shardOf = (rows: number) => ({
  position: { epoch: 0, step: 0 },
  number: 1,
  rows,
  of: 16,
  examples: new Float32Array(8 * 36).fill(0.5),
  targets: new Float32Array(8 * 3).fill(1 / 3),
});

describe('a thread that computes shards', () => {
  const slots = [
    { name: '2.dense.kernel', shape: [36, 3] },
    { name: '2.dense.bias', shape: [3] },
  ];
  const values = Object.fromEntries(
    slots.map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((size, length) => size * length)).fill(0.1);
      return [name, { type: 'float32' as const, dims: shape, data }];
    }),
  );
  const start = (entry?: Entry) => {
    const {
      batches: _,
      schedule: __,
      ...rest
    } = options(2, [{ type: 'flatten' }, { type: 'dense' }]);
    const shardGraph = (rows: number, of: number) => buildShardGraph(graphOptions(rest, of), rows);
    const shard = startThreadedWorker(rest, slots, shardGraph, entry);
    onTestFinished(async () => void (await shard.close()));
    return shard;
  };

  it('answers a row: gradients, loss and right answers', async () => {
    const row = await start().computeShard(shardOf(8), values);
    expect(row).toHaveLength(36 * 3 + 3 + 2);
    expect(row.at(-2)).toBeGreaterThan(0);
  });

  it('says what was wrong with a shard, and takes the next one', async () => {
    const shard = start();
    await expect(shard.computeShard(shardOf(9), values)).rejects.toMatchObject({
      code: 'GLIMPSE_RUNTIME_FAILED',
      details: { reason: expect.stringContaining('size(324)') },
    });
    expect(await shard.computeShard(shardOf(8), values)).toHaveLength(36 * 3 + 3 + 2);
  });

  it('fails its step, and keeps nobody waiting, when it dies', async () => {
    const shard = start(programOf('dying-data-parallel-thread'));
    const death = {
      code: 'GLIMPSE_INTERNAL',
      details: { reason: expect.stringContaining('computes shards of batches ended') },
    };
    const both = [shard.computeShard(shardOf(8), values), shard.computeShard(shardOf(8), values)];
    for (const one of both) await expect(one).rejects.toMatchObject(death);
    await expect(shard.computeShard(shardOf(8), values)).rejects.toMatchObject(death);
  });
});
