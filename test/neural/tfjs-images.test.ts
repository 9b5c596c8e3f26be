import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOracle } from './tfjs-oracle.ts';
import { largestDifference, train, type Setup, type Trained } from './trained.ts';

/** tf.js keeps images as height x width x channels, and kernels as height x width x in x out. */
const imagesToTheirs = (x: Float32Array, [n, c, h, w]: [number, number, number, number]) =>
  tf.transpose(tf.tensor4d(x, [n, c, h, w]), [0, 2, 3, 1]);
const kernelToTheirs = (kernel: Float32Array, shape: readonly number[]) =>
  tf.transpose(tf.tensor(kernel, [...shape]), [2, 3, 1, 0]);
const kernelToOurs = (kernel: tf.Tensor) =>
  tf.transpose(kernel, [3, 2, 0, 1]).dataSync<'float32'>();

interface Pairing {
  /** Our state names in the order of the layer's weights there. */
  readonly names: readonly string[];
}

function shapeOf(trained: Trained, name: string): readonly number[] {
  return trained.graph.state.find((slot) => slot.name === name)!.shape;
}

function giveWeights(model: LayersModel, trained: Trained, { names }: Pairing): void {
  model.setWeights(
    names.map((name) => {
      const [value, shape] = [trained.before.get(name)!, shapeOf(trained, name)];
      return shape.length === 4 ? kernelToTheirs(value, shape) : tf.tensor(value, [...shape]);
    }),
  );
}

function compareWeights(model: LayersModel, trained: Trained, { names }: Pairing): void {
  for (const [index, weight] of model.getWeights().entries()) {
    const theirs = weight.rank === 4 ? kernelToOurs(weight) : weight.dataSync<'float32'>();
    const name = names[index]!;
    expect(largestDifference(trained.after.get(name)!, theirs), name).toBeLessThan(1e-4);
    expect(largestDifference(trained.after.get(name)!, trained.before.get(name)!)).toBeGreaterThan(
      1e-4,
    );
  }
}

async function trainTheirs(model: LayersModel, ours: Trained, setup: Setup): Promise<void> {
  const { inputShape, batchSize, classes } = setup;
  const [channels, height, width] = inputShape;
  for (const [step, { x, targets }] of ours.batches.entries()) {
    const images = imagesToTheirs(x, [batchSize, channels!, height!, width!]);
    const result = await model.trainOnBatch(images, tf.tensor2d(targets, [batchSize, classes]));
    const [loss, accuracy] = [result].flat();
    expect(ours.losses[step]).toBeCloseTo(loss!, 4);
    expect(ours.correct[step]! / batchSize).toBeCloseTo(accuracy!, 5);
  }
}

const norm = (layer: string) => [`${layer}.gamma`, `${layer}.beta`];
const running = (layer: string) => [`${layer}.mean`, `${layer}.variance`];

const common = {
  batchSize: 6,
  steps: 4,
  optimizer: { name: 'momentum' },
  learningRate: 0.05,
} as const;
const compile = (model: LayersModel) =>
  model.compile({
    optimizer: tf.train.momentum(0.05, 0.9),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });

describe('a whole net trained by tf.js from the same weights on the same batches', () => {
  beforeAll(openOracle);

  it('has the losses and weights of ours: convolutions, batch norm, max pooling', async () => {
    const setup: Setup = {
      ...common,
      architecture: {
        layers: [
          { type: 'conv2d', filters: 3, kernelSize: 3, useBias: false },
          { type: 'batchNormalization' },
          { type: 'activation', activation: 'relu' },
          { type: 'conv2d', filters: 4, kernelSize: 3, padding: 'same', activation: 'elu' },
          { type: 'maxPool2d' },
          { type: 'globalAveragePooling2d' },
          { type: 'dense', units: 5, activation: 'tanh' },
          { type: 'batchNormalization' },
          { type: 'dense' },
        ],
      },
      inputShape: [2, 8, 8],
      classes: 3,
    };
    const ours = await train(setup);
    const normalisation = { momentum: 0.9, epsilon: 1e-3 };
    const model = sequential({
      layers: [
        layers.conv2d({ filters: 3, kernelSize: 3, useBias: false, inputShape: [8, 8, 2] }),
        layers.batchNormalization(normalisation),
        layers.activation({ activation: 'relu' }),
        layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'elu' }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 5, activation: 'tanh' }),
        layers.batchNormalization(normalisation),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    // tf.js lists what is learnt first, then what is not.
    const pairing = {
      names: [
        '1.conv2d.kernel',
        ...norm('2.batchNormalization'),
        '4.conv2d.kernel',
        '4.conv2d.bias',
        '7.dense.kernel',
        '7.dense.bias',
        ...norm('8.batchNormalization'),
        '9.dense.kernel',
        '9.dense.bias',
        ...running('2.batchNormalization'),
        ...running('8.batchNormalization'),
      ],
    };
    compile(model);
    giveWeights(model, ours, pairing);
    await trainTheirs(model, ours, setup);
    compareWeights(model, ours, pairing);
  });

  it('has the losses and weights of ours: strides, average pooling, colour, other kernels', async () => {
    const setup: Setup = {
      ...common,
      architecture: {
        layers: [
          { type: 'conv2d', filters: 4, kernelSize: [3, 2], strides: 2, padding: 'same' },
          { type: 'activation', activation: 'leakyRelu' },
          { type: 'averagePool2d', poolSize: 2, strides: 1 },
          { type: 'conv2d', filters: 3, kernelSize: 2, activation: 'sigmoid' },
          { type: 'maxPool2d', poolSize: 3, strides: 2, padding: 'same' },
          { type: 'globalAveragePooling2d' },
          { type: 'dense' },
        ],
      },
      inputShape: [3, 9, 8],
      classes: 5,
    };
    const ours = await train(setup);
    const model = sequential({
      layers: [
        layers.conv2d({
          filters: 4,
          kernelSize: [3, 2],
          strides: 2,
          padding: 'same',
          inputShape: [9, 8, 3],
        }),
        layers.leakyReLU({ alpha: 0.3 }),
        // Without padding: where there is some, tf.js divides the gradient by the padded places too.
        layers.averagePooling2d({ poolSize: 2, strides: 1 }),
        layers.conv2d({ filters: 3, kernelSize: 2, activation: 'sigmoid' }),
        layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 5, activation: 'softmax' }),
      ],
    });
    const names = ['1.conv2d', '4.conv2d', '7.dense'].flatMap((n) => [`${n}.kernel`, `${n}.bias`]);
    compile(model);
    giveWeights(model, ours, { names });
    await trainTheirs(model, ours, setup);
    compareWeights(model, ours, { names });
  });
});
