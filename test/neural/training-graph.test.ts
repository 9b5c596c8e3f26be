import { describe, expect, it } from 'vitest';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildEvaluationGraph, buildInferenceGraph } from '../../src/neural/inference-graph.ts';
import { buildTrainingGraph } from '../../src/neural/training-graph.ts';
import { createRandom } from '../../src/random.ts';
import { createCarriedState, openGraphSession } from '../../src/runtime/graph-session.ts';
import { float32, floatsOf } from './gradient-check.ts';
import { largestDifference, train, type Setup } from './trained.ts';

const net: Setup = {
  architecture: {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 7, activation: 'tanh' },
      { type: 'dense' },
    ],
  },
  inputShape: [1, 2, 3],
  classes: 4,
  batchSize: 5,
  steps: 1,
  // With plain descent at rate 1, the change of a weight is its gradient.
  optimizer: { name: 'sgd' },
  learningRate: 1,
};
const kernel = '2.dense.kernel';

async function gradients(options: Partial<Setup> = {}) {
  const { before, after, losses } = await train({ ...net, ...options });
  const names = ['2.dense.kernel', '2.dense.bias', '3.dense.kernel', '3.dense.bias'];
  const all = names.map((name) =>
    before.get(name)!.map((value, i) => value - after.get(name)![i]!),
  );
  return { byName: new Map(names.map((name, i) => [name, all[i]!])), before, losses };
}

const normOf = (arrays: Iterable<Float32Array>) =>
  Math.sqrt([...arrays].reduce((sum, array) => sum + array.reduce((s, x) => s + x * x, 0), 0));

describe('the training graph', () => {
  it('has the same state for every batch size', () => {
    const layers = resolveArchitecture('dense', { inputShape: [1, 28, 28], classes: 10 });
    const build = (batchSize: number) =>
      buildTrainingGraph({
        layers,
        inputShape: [1, 28, 28],
        classes: 10,
        batchSize,
        optimizer: { name: 'adam' },
      });
    const describeState = (batchSize: number) =>
      build(batchSize).state.map(({ name, nextName, shape, role }) => [
        name,
        nextName,
        shape,
        role,
      ]);
    expect(describeState(8)).toEqual(describeState(32));
    expect(build(8).noise).toEqual([
      { name: '3.dropout.noise', shape: [8, 128], keepProbability: 0.8 },
    ]);
  });

  it('initialises each tensor by a stream of its own, so the order does not matter', () => {
    const layers = resolveArchitecture('dense', { inputShape: [1, 4, 4], classes: 3 });
    const { state } = buildTrainingGraph({
      layers,
      inputShape: [1, 4, 4],
      classes: 3,
      batchSize: 2,
      optimizer: { name: 'sgd' },
    });
    const [forwards, backwards] = [createRandom(1), createRandom(1)];
    const first = state.map((slot) => slot.initialise(forwards));
    const second = state.toReversed().map((slot) => slot.initialise(backwards));
    expect(second.toReversed()).toEqual(first);
    const bound = Math.sqrt(6 / (16 + 128));
    expect(Math.max(...first[0]!.map(Math.abs))).toBeGreaterThan(0.9 * bound);
    expect(Math.max(...first[0]!.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(first[1]).toEqual(new Float32Array(128));
  });

  it('counts the right answers and averages the loss over the batch', async () => {
    const { losses, correct } = await train({ ...net, steps: 200, batchSize: 1, learningRate: 0 });
    expect(losses.reduce((a, b) => a + b) / 200).toBeGreaterThan(1);
    const share = correct.reduce((a, b) => a + b) / 200;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.4);
  });

  it('adds 2 l2 w to the gradients of kernels and leaves biases alone', async () => {
    const [plain, pulled] = [await gradients(), await gradients({ l2: 0.01 })];
    const expected = plain.byName
      .get(kernel)!
      .map((g, i) => g + 0.02 * plain.before.get(kernel)![i]!);
    expect(largestDifference(pulled.byName.get(kernel)!, expected)).toBeLessThan(1e-6);
    expect(pulled.byName.get('2.dense.bias')).toEqual(plain.byName.get('2.dense.bias'));
    expect(pulled.losses).toEqual(plain.losses);
  });

  it('clips all gradients together to the norm it is given, keeping their direction', async () => {
    const [plain, clipped] = [await gradients(), await gradients({ gradientClip: 0.01 })];
    expect(normOf(plain.byName.values())).toBeGreaterThan(0.02);
    expect(normOf(clipped.byName.values())).toBeCloseTo(0.01, 5);
    const factor = 0.01 / normOf(plain.byName.values());
    const expected = plain.byName.get(kernel)!.map((g) => g * factor);
    expect(largestDifference(clipped.byName.get(kernel)!, expected)).toBeLessThan(1e-6);
  });

  it('does not touch gradients whose norm is under the limit', async () => {
    const [plain, clipped] = [await gradients(), await gradients({ gradientClip: 100 })];
    expect(clipped.byName.get(kernel)).toEqual(plain.byName.get(kernel));
  });

  it('smooths the targets: no target of a class is 0 or 1', async () => {
    const [hard, soft] = [await gradients(), await gradients({ labelSmoothing: 0.2 })];
    const { batches } = await train(net);
    // The gradient of the last bias is the mean of softmax - target, so their difference tells the targets.
    const difference = soft.byName
      .get('3.dense.bias')!
      .map((g, i) => g - hard.byName.get('3.dense.bias')![i]!);
    const expected = [0, 1, 2, 3].map((k) => {
      const share = batches[0]!.targets.filter((_, i) => i % 4 === k).reduce((a, b) => a + b) / 5;
      return -(0.2 / 4 - 0.2 * share);
    });
    expect(largestDifference(difference, expected)).toBeLessThan(1e-6);
  });

  it('weights the loss of each example by its class', async () => {
    const [plain, doubled] = [await gradients(), await gradients({ classWeights: [2, 2, 2, 2] })];
    expect(doubled.losses[0]).toBeCloseTo(2 * plain.losses[0]!, 5);
    const { batches } = await train(net);
    const lastClass = batches[0]!.targets.findIndex((t) => t === 1) % 4;
    const only = await gradients({
      classWeights: [0, 1, 2, 3].map((k) => Number(k === lastClass)),
    });
    expect(only.losses[0]).toBeLessThan(plain.losses[0]!);
    expect(only.losses[0]).toBeGreaterThan(0);
  });

  it('multiplies by the dropout mask it is fed, and serves without one', async () => {
    const architecture = {
      layers: [{ type: 'flatten' }, { type: 'dropout', rate: 0.5 }, { type: 'dense' }],
    };
    const { graph, losses } = await train({ ...net, architecture });
    const { losses: full } = await train({
      ...net,
      architecture: {
        layers: [{ type: 'flatten' }, { type: 'dropout', rate: 0 }, { type: 'dense' }],
      },
    });
    expect(graph.noise).toHaveLength(1);
    expect(losses[0]).not.toBeCloseTo(full[0]!, 4);
  });
});

describe('a training step', () => {
  it('writes over nothing it is fed, so a failed step can be taken again', async () => {
    const architecture = {
      layers: [
        { type: 'conv2d', filters: 2, kernelSize: 2 },
        { type: 'batchNormalization' },
        { type: 'maxPool2d', poolSize: 1 },
        { type: 'dropout', rate: 0.5 },
        { type: 'flatten' },
        { type: 'dense', units: 3 },
        { type: 'batchNormalization' },
        { type: 'dense' },
      ],
    };
    const { graph, before } = await train({ ...net, architecture, optimizer: { name: 'adam' } });
    const random = createRandom(3);
    const shapes: [string, readonly number[]][] = [
      ['x', [5, 1, 2, 3]],
      ['targets', [5, 4]],
      ['learningRate', []],
      ...graph.noise.map(({ name, shape }): [string, readonly number[]] => [name, shape]),
      ...graph.state.map(({ name, shape }): [string, readonly number[]] => [name, shape]),
    ];
    const feeds = Object.fromEntries(
      shapes.map(([name, shape]) => {
        const size = shape.reduce((product, length) => product * length, 1);
        const drawn = Float32Array.from({ length: size }, () => random.next());
        return [name, float32(shape, before.get(name) ?? drawn)];
      }),
    );
    const copies = structuredClone(feeds);
    const session = await openGraphSession(graph.model, { threads: 1 });
    const first = await session.run(feeds);
    expect(feeds).toEqual(copies);
    expect(await session.run(feeds)).toEqual(first);
    await session.close();
  });
});

describe('the serving graphs', () => {
  it('answer alike, whether the state is built in or fed', async () => {
    const { graph, after } = await train({ ...net, steps: 5, optimizer: { name: 'adam' } });
    const layers = resolveArchitecture(net.architecture, net);
    const inference = buildInferenceGraph({ layers, inputShape: net.inputShape, values: after });
    const evaluation = buildEvaluationGraph({ layers, inputShape: net.inputShape });
    const x = float32(
      [3, 1, 2, 3],
      Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)),
    );
    const one = await openGraphSession(inference.model, { threads: 1 });
    const two = await openGraphSession(evaluation.model, { threads: 1 });
    // The optimizer's slots are in there too; a session takes what its graph declares.
    const state = createCarriedState(graph.state, after);
    const { logits: builtIn } = await one.run({ [inference.input]: x });
    const { logits: fed } = await two.run({ x, ...state.feeds() });
    await Promise.all([one.close(), two.close()]);
    expect(builtIn!.dims).toEqual([3, 4]);
    expect(largestDifference(floatsOf(builtIn), floatsOf(fed))).toBeLessThan(1e-6);
  });

  it('divides the logits by the temperature', async () => {
    const { after } = await train(net);
    const layers = resolveArchitecture(net.architecture, net);
    const x = float32([1, 1, 2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    const [plain, cool] = await Promise.all(
      [1, 0.5].map(async (temperature) => {
        const { model } = buildInferenceGraph({
          layers,
          inputShape: net.inputShape,
          values: after,
          temperature,
        });
        const session = await openGraphSession(model, { threads: 1 });
        const { logits } = await session.run({ image: x });
        await session.close();
        return floatsOf(logits);
      }),
    );
    expect(
      largestDifference(
        cool!,
        plain!.map((logit) => logit * 2),
      ),
    ).toBeLessThan(1e-5);
  });
});
