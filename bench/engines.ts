import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { peerArguments, type TrainTask } from './train-tasks.ts';

const root = join(import.meta.dirname, '..');

/** What every engine tells of one task: a line of JSON on its stdout. */
export interface TrainMeasurement {
  readonly steps: number;
  /** Of the epochs: by the clock, and of the processor over all threads. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly stepMs: number;
  /** Share of the held-out examples that were right. */
  readonly accuracy: number;
  /** Of the net, those that are learnt. */
  readonly parameters?: number;
  readonly calibrationError?: number;
  readonly temperature?: number;
}

export interface Engine {
  readonly name: string;
  /** Why it cannot take a task at all, or undefined. */
  refuses(task: TrainTask): string | undefined;
  /** Trains in a process of its own; throws with what that process said. */
  train(task: TrainTask, seed: number): TrainMeasurement;
}

/** An engine, or why it is not on this machine. */
export type Found =
  { readonly engine: Engine } | { readonly name: string; readonly reason: string };

/** One thread for every library that would take more. */
const oneThread = {
  OMP_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  TF_CPP_MIN_LOG_LEVEL: '3',
};

function ask(command: string, words: readonly string[], mnist: string): TrainMeasurement {
  try {
    const said = execFileSync(command, words, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...oneThread, GLIMPSE_MNIST_DIR: mnist },
    });
    return JSON.parse(said.trim().split('\n').at(-1)!) as TrainMeasurement;
  } catch (error) {
    throw new Error(lastWords(error), { cause: error });
  }
}

/** The line of a failed process that says what went wrong. */
function lastWords(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  const lines = said.split('\n').map((line) => line.trim());
  return lines.findLast((line) => /error/i.test(line) && !line.startsWith('at ')) ?? lines[0]!;
}

function inNode(file: string, mnist: string, extra: object = {}): Engine['train'] {
  return (task, seed) =>
    ask(
      process.execPath,
      [
        '--import',
        'tsx',
        join(import.meta.dirname, file),
        JSON.stringify({ task, seed, ...extra }),
      ],
      mnist,
    );
}

function versionOf(packageName: string): string {
  const file = join(root, 'node_modules', packageName, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export function glimpse(mnist: string): Engine {
  const name = `Glimpse on ONNX Runtime ${versionOf('onnxruntime-node')}`;
  return { name, refuses: () => undefined, train: inNode('glimpse-train.ts', mnist) };
}

/** What the wasm backend cannot do, or not in the time of a bench. */
const wasmRefuses: Partial<Record<TrainTask['net'], string>> = {
  cnn: "it cannot train convolutions (no kernel 'Conv2DBackpropFilter')",
  'cnn-large': "it cannot train convolutions (no kernel 'Conv2DBackpropFilter')",
  gru: 'a step takes some 0.2 s, so this would take five minutes and more a round',
};

function tfjsWasm(mnist: string): Found {
  const version = versionOf('@tensorflow/tfjs-backend-wasm');
  const engine: Engine = {
    name: `tf.js ${version}, wasm`,
    refuses: ({ net }) => wasmRefuses[net],
    train: inNode('tfjs-train.ts', mnist, { backend: 'wasm' }),
  };
  return { engine };
}

/** In node_modules, or in a folder of NODE_PATH: it is large and optional, and may live elsewhere. */
function tfjsNode(mnist: string): Found {
  let version: string;
  try {
    const require = createRequire(import.meta.url);
    ({ version } = require('@tensorflow/tfjs-node/package.json') as { version: string });
  } catch {
    const reason = 'not in node_modules nor in NODE_PATH; npm run install:tensorflow';
    return { name: 'tfjs-node', reason };
  }
  const train = inNode('tfjs-train.ts', mnist, { backend: 'tensorflow' });
  return { engine: { name: `tfjs-node ${version}`, refuses: () => undefined, train } };
}

/** The first of the Pythons that has the library, with the peer script that uses it. */
function python(
  pythons: readonly string[],
  mnist: string,
  peer: { title: string; library: string; script: string },
): Found {
  const { title, library, script } = peer;
  const asked = `import ${library}; print(${library}.__version__)`;
  for (const command of pythons) {
    let version: string;
    try {
      version = execFileSync(command, ['-c', asked], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      continue;
    }
    const file = join(import.meta.dirname, 'peers', script);
    return {
      engine: {
        name: `${title} ${version}`,
        refuses: () => undefined,
        train: (task, seed) => ask(command, [file, ...peerArguments(task, seed, mnist)], mnist),
      },
    };
  }
  return { name: title, reason: `no Python that was tried has ${library}; --python PATH` };
}

/** Glimpse and its peers, in the order of the table. */
export function findEngines(mnist: string, pythons: readonly string[]): Found[] {
  return [
    { engine: glimpse(mnist) },
    python(pythons, mnist, { title: 'PyTorch', library: 'torch', script: 'torch_train.py' }),
    python(pythons, mnist, {
      title: 'Keras, TensorFlow',
      library: 'tensorflow',
      script: 'keras_train.py',
    }),
    tfjsNode(mnist),
    tfjsWasm(mnist),
  ];
}
