import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOracle } from './tfjs-oracle.ts';
import { largestDifference, train } from './trained.ts';

describe('a whole net trained by tf.js from the same weights on the same batches', () => {
  beforeAll(openOracle);

  it('has the losses, the right answers and the weights of ours: dense', async () => {
    const ours = await train({
      architecture: {
        layers: [
          { type: 'flatten' },
          { type: 'dense', units: 16, activation: 'relu' },
          { type: 'dense', units: 8, activation: 'sigmoid' },
          { type: 'dense' },
        ],
      },
      inputShape: [1, 6, 6],
      classes: 3,
      batchSize: 9,
      steps: 12,
      optimizer: { name: 'momentum' },
      learningRate: 0.1,
    });
    const model = sequential({
      layers: [
        layers.dense({ units: 16, activation: 'relu', inputShape: [36] }),
        layers.dense({ units: 8, activation: 'sigmoid' }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    const names = ['2', '3', '4'].flatMap((n) => [`${n}.dense.kernel`, `${n}.dense.bias`]);
    const shapes = model.getWeights().map((weight) => weight.shape);
    model.setWeights(names.map((name, i) => tf.tensor(ours.before.get(name)!, shapes[i])));
    model.compile({
      optimizer: tf.train.momentum(0.1, 0.9),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    for (const [step, { x, targets }] of ours.batches.entries()) {
      const result = await model.trainOnBatch(
        tf.tensor2d(x, [9, 36]),
        tf.tensor2d(targets, [9, 3]),
      );
      const [loss, accuracy] = [result].flat();
      expect(ours.losses[step]).toBeCloseTo(loss!, 5);
      expect(ours.correct[step]! / 9).toBeCloseTo(accuracy!, 5);
    }
    for (const [i, weight] of model.getWeights().entries()) {
      const theirs = weight.dataSync<'float32'>();
      expect(largestDifference(ours.after.get(names[i]!)!, theirs)).toBeLessThan(2e-5);
    }
  });
});
