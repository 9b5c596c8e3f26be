import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveOptimizer, type OptimizerSpec } from '../../src/neural/optimizers.ts';
import { openOracle } from './tfjs-oracle.ts';
import { largestDifference, train, type Setup, type Trained } from './trained.ts';

const net: Omit<Setup, 'optimizer' | 'learningRate'> = {
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
  steps: 8,
};
const parameterNames = ['2.dense.kernel', '2.dense.bias', '3.dense.kernel', '3.dense.bias'];

/** The same steps by tf.js, from the same weights and on the same batches. */
function trainByTfjs(trained: Trained, optimizer: tf.Optimizer): Float32Array[] {
  return tf.tidy(() => {
    const shapes: [number, number?][] = [[6, 7], [7], [7, 4], [4]];
    const variables = parameterNames.map((name, index) =>
      tf.variable(
        tf.tensor(
          trained.before.get(name)!,
          shapes[index]!.filter((n) => n !== undefined),
        ),
      ),
    );
    const [w1, b1, w2, b2] = variables;
    for (const { x, targets } of trained.batches) {
      optimizer.minimize(() => {
        const hidden = tf.tanh(tf.add(tf.matMul(tf.tensor2d(x, [5, 6]), w1!), b1!));
        const logits = tf.add(tf.matMul(hidden as tf.Tensor2D, w2!), b2!);
        return tf.losses.softmaxCrossEntropy(tf.tensor2d(targets, [5, 4]), logits);
      }, false);
    }
    return variables.map((variable) => variable.dataSync<'float32'>());
  });
}

const cases: [spec: OptimizerSpec, twin: (rate: number) => tf.Optimizer, rate: number][] = [
  [{ name: 'sgd' }, (rate) => tf.train.sgd(rate), 0.1],
  [{ name: 'momentum' }, (rate) => tf.train.momentum(rate, 0.9), 0.1],
  [{ name: 'momentum', nesterov: true }, (rate) => tf.train.momentum(rate, 0.9, true), 0.1],
  [{ name: 'rmsprop' }, (rate) => tf.train.rmsprop(rate, 0.9, 0, 1e-7), 0.01],
  [{ name: 'adagrad' }, (rate) => tf.train.adagrad(rate, 0.1), 0.1],
  // tf.js puts epsilon inside the bias correction, Keras outside; a tiny one makes them equal.
  [{ name: 'adam', epsilon: 1e-10 }, (rate) => tf.train.adam(rate, 0.9, 0.999, 1e-10), 0.01],
];

describe('after eight steps from the same weights on the same batches, tf.js agrees on', () => {
  beforeAll(openOracle);

  it.each(cases)('%o', async (spec, twin, learningRate) => {
    const trained = await train({ ...net, optimizer: spec, learningRate });
    const theirs = trainByTfjs(trained, twin(learningRate));
    parameterNames.forEach((name, index) => {
      expect(largestDifference(trained.after.get(name)!, theirs[index]!)).toBeLessThan(1e-5);
      // The steps moved it by far more than that.
      expect(
        largestDifference(trained.after.get(name)!, trained.before.get(name)!),
      ).toBeGreaterThan(1e-3);
    });
  });
});

describe('adam', () => {
  it("puts epsilon where Keras' formula has it", async () => {
    const once = { ...net, steps: 1 };
    const plain = await train({ ...once, optimizer: { name: 'sgd' }, learningRate: 1 });
    const epsilon = 0.1;
    const adam = await train({ ...once, optimizer: { name: 'adam', epsilon }, learningRate: 0.01 });
    for (const name of parameterNames) {
      const before = plain.before.get(name)!;
      const expected = plain.after.get(name)!.map((value, index) => {
        const g = before[index]! - value;
        const rate = (0.01 * Math.sqrt(1 - 0.999)) / (1 - 0.9);
        return before[index]! - (rate * 0.1 * g) / (Math.sqrt(0.001 * g * g) + epsilon);
      });
      expect(largestDifference(adam.after.get(name)!, expected)).toBeLessThan(1e-6);
    }
  });
});

describe('adamw', () => {
  it('is adam when it decays nothing', async () => {
    const steps = { ...net, learningRate: 0.01 };
    const adam = await train({ ...steps, optimizer: { name: 'adam' } });
    const adamw = await train({ ...steps, optimizer: { name: 'adamw', weightDecay: 0 } });
    for (const name of parameterNames) expect(adamw.after.get(name)).toEqual(adam.after.get(name));
  });

  it('pulls each weight down by the learning rate times the decay, beside adam', async () => {
    const once = { ...net, steps: 1, learningRate: 0.01 };
    const adam = await train({ ...once, optimizer: { name: 'adam' } });
    const adamw = await train({ ...once, optimizer: { name: 'adamw', weightDecay: 0.5 } });
    for (const name of parameterNames) {
      const expected = adam.after
        .get(name)!
        .map((value, index) => value - 0.01 * 0.5 * adam.before.get(name)![index]!);
      expect(largestDifference(adamw.after.get(name)!, expected)).toBeLessThan(1e-6);
    }
  });
});

describe('resolveOptimizer', () => {
  it("fills in Keras' defaults and keeps what is given", () => {
    expect(resolveOptimizer({ name: 'adam', beta1: 0.8 })).toEqual({
      name: 'adam',
      learningRate: 0.001,
      beta1: 0.8,
      beta2: 0.999,
      epsilon: 1e-7,
    });
    expect(resolveOptimizer({ name: 'adamw' })).toMatchObject({ weightDecay: 0.004 });
    expect(resolveOptimizer({ name: 'momentum' })).toEqual({
      name: 'momentum',
      learningRate: 0.01,
      momentum: 0.9,
      nesterov: false,
    });
  });
});
