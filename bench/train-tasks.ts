import type { PresetName } from '../src/neural/presets.ts';
import type { TrainRequest } from '../src/training/request.ts';

/** One net to train, said once for every engine. */
export interface TrainTask {
  readonly name: string;
  readonly net: PresetName;
  /** The first so many of MNIST's training images. */
  readonly examples: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Of Adam: the peak of the one-cycle schedule, or constant when the task is plain. */
  readonly learningRate: number;
  readonly labelSmoothing: number;
  /** Without augmentation and schedule. */
  readonly isPlain: boolean;
  /** Measured in one round only: minutes on the slower engines, and longer than a machine's moods. */
  readonly isLong?: boolean;
}

/** What no engine is trained on and every engine is measured on. */
export const heldOut = { offset: 50_000, limit: 10_000 } as const;

const recipe = { batchSize: 50, learningRate: 6e-3, labelSmoothing: 0.1, isPlain: false } as const;

export const founding: TrainTask = {
  name: 'founding example',
  net: 'dense',
  examples: 1000,
  epochs: 50,
  batchSize: 32,
  learningRate: 1e-3,
  labelSmoothing: 0,
  isPlain: true,
};

/** 1000 examples, augmented, on a one-cycle schedule. */
export function recipeTask(net: PresetName, epochs: number, learningRate = 6e-3): TrainTask {
  return { ...recipe, name: `${net}, ${epochs} epochs`, net, examples: 1000, epochs, learningRate };
}

export function largeTask(examples: number): TrainTask {
  return {
    ...recipe,
    name: 'cnn-large, 1 epoch',
    isLong: true,
    net: 'cnn-large',
    examples,
    epochs: 1,
    batchSize: 100,
    learningRate: 4e-3,
  };
}

/** The same task as the body of POST /train. */
export function requestOf(task: TrainTask, seed: number): TrainRequest {
  const { batchSize, epochs, examples, isPlain, labelSmoothing, learningRate, net } = task;
  return {
    dataset: { uri: 'mnist:', limit: examples },
    evaluation: { uri: 'mnist:', ...heldOut },
    architecture: net,
    optimizer: { name: 'adam', learningRate },
    schedule: { name: isPlain ? 'constant' : 'one-cycle' },
    augmentation: isPlain ? 'none' : 'handwriting',
    epochs,
    batchSize,
    labelSmoothing,
    seed,
  };
}

/** The same task as the words that follow bench/peers/*_train.py. */
export function peerArguments(task: TrainTask, seed: number, mnist: string): string[] {
  const options = {
    mnist,
    net: task.net,
    epochs: task.epochs,
    limit: task.examples,
    batch: task.batchSize,
    rate: task.learningRate,
    smoothing: task.labelSmoothing,
    seed,
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return task.isPlain ? [...words, '--plain'] : words;
}
