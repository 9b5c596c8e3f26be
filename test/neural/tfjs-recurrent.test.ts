import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOracle } from './tfjs-oracle.ts';
import { largestDifference, train, type Setup, type Trained } from './trained.ts';

const units = 4;
const setup: Omit<Setup, 'architecture'> = {
  inputShape: [1, 5, 3],
  classes: 3,
  batchSize: 6,
  steps: 4,
  optimizer: { name: 'momentum' },
  learningRate: 0.05,
};

/** Our gates are blocks of rows in ONNX's order; tf.js has columns, in Keras' order i, f, c, o. */
const lstmOrder = [0, 2, 3, 1];

function toTheirs(value: Float32Array, shape: readonly number[], order: readonly number[]) {
  const gates = tf.split(tf.tensor(value, [...shape]), order.length, 0);
  const sorted = tf.concat(
    order.map((gate) => gates[gate]!),
    0,
  );
  return shape.length === 2 ? tf.transpose(sorted) : sorted;
}

interface Weight {
  readonly name: string;
  /** The gates of a recurrent tensor; a dense one has none. */
  readonly order?: readonly number[];
}

const cell = (layer: string, order: readonly number[]): Weight[] =>
  ['kernel', 'recurrentKernel', 'bias'].map((slot) => ({ name: `${layer}.${slot}`, order }));
const denseWeights = (layer: string): Weight[] =>
  ['kernel', 'bias'].map((slot) => ({ name: `${layer}.${slot}` }));

function theirWeights(trained: Trained, values: Map<string, Float32Array>, weights: Weight[]) {
  return weights.map(({ name, order }) => {
    const { shape } = trained.graph.state.find((slot) => slot.name === name)!;
    const value = values.get(name)!;
    return order ? toTheirs(value, shape, order) : tf.tensor(value, [...shape]);
  });
}

describe('a recurrent net trained by tf.js from the same weights on the same batches', () => {
  beforeAll(openOracle);

  it('has the losses and weights of ours: an LSTM whose every step a simple RNN reads', async () => {
    const ours = await train({
      ...setup,
      architecture: {
        layers: [
          { type: 'lstm', units, returnSequences: true },
          { type: 'simpleRnn', units: 5 },
          { type: 'dense' },
        ],
      },
    });
    const model = sequential({
      layers: [
        layers.lstm({
          units,
          returnSequences: true,
          recurrentActivation: 'sigmoid',
          recurrentInitializer: 'zeros',
          inputShape: [5, 3],
        }),
        layers.simpleRNN({ units: 5, recurrentInitializer: 'zeros' }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'categoricalCrossentropy' });
    const weights = [
      ...cell('1.lstm', lstmOrder),
      ...cell('2.simpleRnn', [0]),
      ...denseWeights('3.dense'),
    ];
    model.setWeights(theirWeights(ours, ours.before, weights));
    for (const [step, { x, targets }] of ours.batches.entries()) {
      const rows = tf.tensor3d(x, [6, 5, 3]);
      const result = await model.trainOnBatch(rows, tf.tensor2d(targets, [6, 3]));
      expect(ours.losses[step]).toBeCloseTo([result].flat()[0]!, 5);
    }
    theirWeights(ours, ours.after, weights).forEach((weight, index) => {
      const theirs = model.getWeights()[index]!.dataSync<'float32'>();
      expect(largestDifference(weight.dataSync<'float32'>(), theirs)).toBeLessThan(2e-5);
    });
  });

  it("has the losses and weights of ours: a GRU by Keras' formula", async () => {
    const ours = await train({
      ...setup,
      architecture: { layers: [{ type: 'gru', units }, { type: 'dense' }] },
    });
    const names = ['kernel', 'recurrentKernel', 'bias'].map((slot) => `1.gru.${slot}`);
    const all = [...names, '2.dense.kernel', '2.dense.bias'];
    const variables = all.map((name) => {
      const { shape } = ours.graph.state.find((slot) => slot.name === name)!;
      return tf.variable(tf.tensor(ours.before.get(name)!, [...shape]));
    });
    const optimizer = tf.train.momentum(0.05, 0.9);
    for (const [step, { x, targets }] of ours.batches.entries()) {
      const loss = optimizer.minimize(() => {
        const state = gruByHand(tf.tensor3d(x, [6, 5, 3]), variables);
        const logits = tf.add(tf.matMul(state, variables[3]!), variables[4]!);
        return tf.losses.softmaxCrossEntropy(tf.tensor2d(targets, [6, 3]), logits);
      }, true);
      expect(ours.losses[step]).toBeCloseTo(loss!.dataSync()[0]!, 5);
    }
    for (const [index, name] of all.entries()) {
      const theirs = variables[index]!.dataSync<'float32'>();
      expect(largestDifference(ours.after.get(name)!, theirs), name).toBeLessThan(2e-5);
    }
  });
});

/** tf.js has no GRU that resets after the product, so here it is in its ops. */
function gruByHand(x: tf.Tensor3D, [kernel, recurrent, bias]: tf.Variable[]): tf.Tensor2D {
  const [inputBias, stateBias] = tf.split(bias!, 2, 0);
  let state = tf.zeros<tf.Rank.R2>([x.shape[0], units]);
  for (const row of tf.unstack(x, 1)) {
    const fromInput = tf.add(tf.matMul(row as tf.Tensor2D, kernel!, false, true), inputBias!);
    const fromState = tf.add(tf.matMul(state, recurrent!, false, true), stateBias!);
    const [xz, xr, xn] = tf.split(fromInput, 3, 1);
    const [hz, hr, hn] = tf.split(fromState, 3, 1);
    const z = tf.sigmoid(tf.add(xz!, hz!));
    const r = tf.sigmoid(tf.add(xr!, hr!));
    const n = tf.tanh(tf.add(xn!, tf.mul(r, hn!)));
    state = tf.add(tf.mul(z, state), tf.mul(tf.sub(1, z), n));
  }
  return state;
}
