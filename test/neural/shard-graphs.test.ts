import { describe, expect, it } from 'vitest';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildShardGraph, buildUpdateGraph } from '../../src/neural/shard-graphs.ts';
import { createCarriedState, openGraphSession } from '../../src/runtime/graph-session.ts';
import { float32, floatsOf } from './gradient-check.ts';
import { largestDifference, train, type Setup, type Trained } from './trained.ts';

const net: Setup = {
  architecture: {
    layers: [
      { type: 'conv2d', filters: 3, kernelSize: 2, activation: 'relu' },
      { type: 'flatten' },
      { type: 'dense', units: 7, activation: 'tanh' },
      { type: 'dense' },
    ],
  },
  inputShape: [1, 3, 3],
  classes: 4,
  batchSize: 5,
  steps: 1,
  optimizer: { name: 'sgd' },
  learningRate: 0.1,
};

/** The step that `train` has made, made again from shards of so many rows. */
async function share(setup: Setup, { before, batches }: Trained, cuts: readonly number[]) {
  const layers = resolveArchitecture(setup.architecture, setup);
  const options = { ...setup, layers };
  const { x, targets } = batches[0]!;
  const update = buildUpdateGraph(options, cuts.length);
  const state = createCarriedState(update.state, before);
  const feeds = { learningRate: float32([], Float32Array.of(setup.learningRate)) };
  let start = 0;
  for (const [index, rows] of cuts.entries()) {
    const cut = (data: Float32Array) =>
      data.slice((start * data.length) / 5, ((start + rows) * data.length) / 5);
    const shard = buildShardGraph(options, rows);
    const session = await openGraphSession(shard.model, { threads: 1 });
    const outputs = await session.run({
      ...state.feeds(),
      [shard.inputs.examples]: float32([rows, ...setup.inputShape], cut(x)),
      [shard.inputs.targets]: float32([rows, setup.classes], cut(targets)),
    });
    await session.close();
    const row = floatsOf(outputs[shard.output]);
    Object.assign(feeds, { [update.inputs.shardResults[index]!]: float32([row.length], row) });
    start += rows;
  }
  const session = await openGraphSession(update.model, { threads: 1 });
  const { loss, correct } = await session.step(state, feeds, ['loss', 'correct']);
  await session.close();
  return { after: state.read(), loss: floatsOf(loss)[0]!, correct: floatsOf(correct)[0]! };
}

const mean = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
const variance = (all: number[]) => mean(all.map((one) => (one - mean(all)) ** 2));

const regularised = {
  l2: 0.05,
  gradientClip: 0.2,
  labelSmoothing: 0.1,
  classWeights: [1, 0.5, 2, 4],
};

describe('the shards of a batch', () => {
  it.each([
    ['plain descent', {}, [3, 2]],
    ['one shard', {}, [5]],
    ['many shards', {}, [2, 1, 1, 1]],
    ['L2, clipping, smoothing and class weights', regularised, [3, 2]],
    ['momentum', { optimizer: { name: 'momentum' } }, [2, 2, 1]],
    ['Adam', { optimizer: { name: 'adam' }, learningRate: 1e-3, ...regularised }, [3, 2]],
    ['AdamW', { optimizer: { name: 'adamw' }, learningRate: 1e-3 }, [3, 2]],
  ] as const)('make together the step of the whole batch: %s', async (_, changes, cuts) => {
    const setup = { ...net, ...changes };
    const whole = await train(setup);
    const shared = await share(setup, whole, cuts);
    expect(shared.loss).toBeCloseTo(whole.losses[0]!, 5);
    expect(shared.correct).toBe(whole.correct[0]);
    expect([...shared.after.keys()]).toEqual([...whole.after.keys()]);
    for (const [name, values] of whole.after) {
      expect(largestDifference(shared.after.get(name)!, values), name).toBeLessThan(2e-6);
      expect(largestDifference(whole.before.get(name)!, values), name).toBeGreaterThan(4e-6);
    }
  });

  it('leave averages of their own statistics, weighted by their rows, in batch norm', async () => {
    const layers = [{ type: 'flatten' }, { type: 'batchNormalization' }, { type: 'dense' }];
    const setup = { ...net, architecture: { layers } };
    const whole = await train(setup);
    const { after } = await share(setup, whole, [3, 2]);
    const { x } = whole.batches[0]!;
    const column = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, row) => x[(from + row) * 9]!);
    const within = 0.6 * variance(column(0, 3)) + 0.4 * variance(column(3, 5));
    expect(after.get('2.batchNormalization.mean')![0]).toBeCloseTo(0.1 * mean(column(0, 5)), 6);
    expect(after.get('2.batchNormalization.variance')![0]).toBeCloseTo(0.9 + 0.1 * within, 6);
  });
});
