/**
 * The founding example in TensorFlow.js on its wasm backend, as a process of its own: the same net, optimizer,
 * batch, epochs and examples as the defaults of POST /train. Prints one line of JSON.
 */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { mnistFolder, readMnist, type Examples } from './mnist.ts';

/** The CommonJS build is the one that finds its .wasm files in Node. */
createRequire(import.meta.url)('@tensorflow/tfjs-backend-wasm');

const EPOCHS = 50;

function noise(count: number): Examples {
  return {
    count,
    pixels: Float32Array.from({ length: count * 784 }, () => Math.random()),
    labels: Int32Array.from({ length: count }, (_, index) => index % 10),
  };
}

const toTensors = ({ count, pixels, labels }: Examples) => ({
  x: tf.tensor2d(pixels, [count, 784]),
  y: tf.oneHot(tf.tensor1d(labels, 'int32'), 10),
});

await tf.setBackend('wasm');
await tf.ready();
const folder = mnistFolder();
const { x, y } = toTensors(folder ? await readMnist(folder, 0, 1000) : noise(1000));
const model = layers.sequential({
  layers: [
    layers.layers.dense({ inputShape: [784], units: 128, activation: 'relu' }),
    layers.layers.dropout({ rate: 0.2 }),
    layers.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.001), loss: 'categoricalCrossentropy' });
const started = performance.now();
await model.fit(x, y, {
  epochs: EPOCHS,
  batchSize: 32,
  shuffle: true,
  verbose: 0,
  yieldEvery: 'never',
});
const seconds = (performance.now() - started) / 1000;

let accuracy: number | undefined;
if (folder) {
  const heldOut = await readMnist(folder, 50_000, 10_000);
  const scores = model.predict(toTensors(heldOut).x);
  if (Array.isArray(scores)) throw new Error('one output was expected');
  const classes = Array.from(await tf.argMax(scores, 1).data());
  accuracy = classes.filter((label, index) => label === heldOut.labels[index]).length / 10_000;
}
process.stdout.write(`${JSON.stringify({ backend: tf.getBackend(), seconds, accuracy })}\n`);
