/**
 * One training task in TensorFlow.js, as a process of its own: on its wasm backend, or (backend
 * "tensorflow") on tfjs-node. The net, the optimizer, the schedule and, made by our own code, the augmented
 * batches are those of Glimpse. Takes {task, seed, backend} as JSON and prints one line of JSON.
 */
import { createRequire } from 'node:module';
import * as core from '@tensorflow/tfjs-core';
import * as kerasLike from '@tensorflow/tfjs-layers';
import { learningRateAt } from '../src/neural/schedules.ts';
import { createRandom } from '../src/random.ts';
import { createAugment } from '../src/training/examples/augment.ts';
import { resolveAugmentation } from '../src/training/examples/augmentation-spec.ts';
import type { TrainMeasurement } from './engines.ts';
import { readMnist, requireMnist } from './mnist.ts';
import { heldOut, type TrainTask } from './train-tasks.ts';

type Tf = Omit<typeof core, 'default'> & Omit<typeof kerasLike, 'default'>;
type Layer = kerasLike.layers.Layer;

const { task, seed, backend } = JSON.parse(process.argv[2]!) as {
  task: TrainTask;
  seed: number;
  backend: 'wasm' | 'tensorflow';
};
const CLASSES = 10;
const shape = { width: 28, height: 28, channels: 1 } as const;
const size = 784;

/** tfjs-node brings a tfjs-core of its own, so everything must come from there. */
async function openBackend(): Promise<Tf> {
  const require = createRequire(import.meta.url);
  if (backend === 'tensorflow') return require('@tensorflow/tfjs-node') as Tf;
  // The CommonJS build is the one that finds its .wasm files in Node; loading it registers the backend.
  const { version_wasm } = require('@tensorflow/tfjs-backend-wasm') as { version_wasm: string };
  if (version_wasm !== core.version_core) throw new Error(`mixed versions: ${version_wasm}`);
  await core.setBackend('wasm');
  await core.ready();
  return { ...core, ...kerasLike };
}

const tf = await openBackend();
const { layers } = tf;

function convolutional(filters: readonly number[], rate: number): Layer[] {
  const first = { inputShape: [28, 28, 1] };
  const block = (count: number, isFirst: boolean): Layer[] => [
    layers.conv2d({ filters: count, kernelSize: 3, useBias: false, ...(isFirst && first) }),
    layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3 }),
    layers.reLU(),
  ];
  return [
    ...filters.flatMap((count, index) => [
      ...block(count, index === 0),
      ...block(count, false),
      layers.maxPooling2d({ poolSize: 2 }),
    ]),
    layers.dropout({ rate }),
    layers.flatten(),
    layers.dense({ units: 128, useBias: false }),
    layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3 }),
    layers.reLU(),
  ];
}

const hidden: Partial<Record<TrainTask['net'], () => Layer[]>> = {
  dense: () => [
    layers.flatten({ inputShape: [28, 28, 1] }),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dropout({ rate: 0.2 }),
  ],
  cnn: () => convolutional([16, 32], 0.2),
  'cnn-large': () => convolutional([32, 64], 0.3),
  gru: () => [
    layers.reshape({ inputShape: [28, 28, 1], targetShape: [28, 28] }),
    layers.gru({ units: 128 }),
    layers.dropout({ rate: 0.2 }),
  ],
};

const folder = requireMnist();
const training = await readMnist(folder, 0, task.examples);
const random = createRandom(seed);
const amounts = resolveAugmentation(task.isPlain ? 'none' : 'handwriting', shape);
const augment = amounts && createAugment(amounts, shape);
const varied = new Float32Array(size);

/** Pixels 0..1 and smoothed one-hot targets of some examples. */
function makeBatch(indices: Int32Array): [core.Tensor, core.Tensor] {
  const examples = new Float32Array(indices.length * size);
  const targets = new Float32Array(indices.length * CLASSES).fill(task.labelSmoothing / CLASSES);
  indices.forEach((index, row) => {
    const pixels = training.pixels.subarray(index * size, (index + 1) * size);
    augment?.(pixels, random, varied);
    const from = augment ? varied : pixels;
    for (let pixel = 0; pixel < size; pixel++) examples[row * size + pixel] = from[pixel]! / 255;
    targets[row * CLASSES + training.labels[index]!]! += 1 - task.labelSmoothing;
  });
  return [
    tf.tensor4d(examples, [indices.length, 28, 28, 1]),
    tf.tensor2d(targets, [indices.length, CLASSES]),
  ];
}

const layersOf = hidden[task.net];
if (!layersOf) throw new Error(`${task.net} is not built here`);
const output = layers.dense({ units: CLASSES, activation: 'softmax' });
const model = tf.sequential({ layers: [...layersOf(), output] });
const optimizer = tf.train.adam(task.learningRate);
model.compile({ optimizer, loss: 'categoricalCrossentropy' });

const order = Int32Array.from({ length: training.count }, (_, index) => index);
const perEpoch = Math.ceil(training.count / task.batchSize);
const steps = task.epochs * perEpoch;
const schedule = { name: task.isPlain ? 'constant' : 'one-cycle' } as const;
const [wall, cpu] = [performance.now(), process.cpuUsage()];
for (let step = 0; step < steps; step++) {
  if (step % perEpoch === 0) random.shuffle(order);
  const start = (step % perEpoch) * task.batchSize;
  const [x, y] = makeBatch(order.subarray(start, start + task.batchSize));
  const learningRate = learningRateAt(schedule, task.learningRate, step, steps);
  Object.assign(optimizer, { learningRate });
  await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
}
const seconds = (performance.now() - wall) / 1000;
const { user, system } = process.cpuUsage(cpu);
const cpuSeconds = (user + system) / 1e6;

const unseen = await readMnist(folder, heldOut.offset, heldOut.limit);
let correct = 0;
for (let start = 0; start < unseen.count; start += 500) {
  const pixels = unseen.pixels.subarray(start * size, (start + 500) * size);
  const x = tf.tensor4d(
    Float32Array.from(pixels, (pixel) => pixel / 255),
    [500, 28, 28, 1],
  );
  const answers = await tf.argMax(model.predict(x) as core.Tensor2D, 1).data();
  answers.forEach((answer, row) => {
    if (answer === unseen.labels[start + row]) correct++;
  });
}
const measured: TrainMeasurement = {
  steps,
  seconds,
  cpuSeconds,
  stepMs: (cpuSeconds * 1000) / steps,
  accuracy: correct / unseen.count,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
