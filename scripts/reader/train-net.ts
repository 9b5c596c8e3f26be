import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInitialisers } from '../../src/neural/read-initialisers.ts';
import type { Random } from '../../src/random.ts';
import type { LabelledFrame } from './label-line.ts';
import { packLayers, type DenseLayer } from './pack-layers.ts';

const root = join(import.meta.dirname, '../..');

export interface NetPlan {
  /** What the constant is called that holds the net. */
  readonly name: string;
  readonly classes: number;
  /** Filters of both convolutions, and units of the hidden layer. */
  readonly widths: readonly [number, number, number];
  readonly epochs: string;
  readonly seed: string;
}

const header = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, at) => bytes.writeUInt32BE(number, 4 * at));
  return bytes;
};

const hidden = (filters: number): object[] => [
  { type: 'conv2d', filters, kernelSize: 3, useBias: false },
  { type: 'batchNormalization' },
  { type: 'activation', activation: 'relu' },
  { type: 'maxPool2d' },
];

/** Trains a small net as anybody would train one, and answers the text of the file that holds it. */
export async function trainNet(
  examples: readonly LabelledFrame[],
  random: Random,
  plan: NetPlan,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-reader-'));
  try {
    const order = random.shuffle(Int32Array.from(examples, (_, index) => index));
    const images = Buffer.concat([
      header(0x803, examples.length, 28, 28),
      ...Array.from(order, (index) => examples[index]!.pixels),
    ]);
    const labels = Uint8Array.from(order, (index) => examples[index]!.label);
    const [imagesFile, labelsFile] = [join(folder, 'images.idx'), join(folder, 'labels.idx')];
    await writeFile(imagesFile, images);
    await writeFile(labelsFile, Buffer.concat([header(0x801, examples.length), labels]));
    const layers = [
      ...hidden(plan.widths[0]),
      ...hidden(plan.widths[1]),
      { type: 'flatten' },
      { type: 'dropout', rate: 0.1 },
      { type: 'dense', units: plan.widths[2], activation: 'relu' },
      { type: 'dense' },
    ];
    const command = ['tsx', 'src/cli.ts', 'train', imagesFile, '--labels-uri', labelsFile];
    command.push('--model', 'reader', '--epochs', plan.epochs, '--batch-size', '64');
    command.push('--schedule', 'one-cycle', '--learning-rate', '0.006', '--seed', plan.seed);
    command.push('--validation-split', '0', '--test-split', '0.05');
    command.push('--architecture', JSON.stringify({ layers }));
    const env = {
      ...process.env,
      GLIMPSE_REPOSITORY: folder,
      GLIMPSE_DATA_DIR: join(folder, 'data'),
    };
    execFileSync('npx', command, { cwd: root, stdio: 'inherit', env });
    return await packed(join(folder, 'reader', '1'), plan);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function packed(version: string, { name, classes }: NetPlan): Promise<string> {
  const { signature } = JSON.parse(await readFile(join(version, 'manifest.json'), 'utf8')) as {
    signature: { classes: string[] };
  };
  const tensors = readInitialisers(await readFile(join(version, 'model.onnx')));
  const floats = tensors.filter((tensor) => tensor.floats);
  const net = Array.from({ length: floats.length / 2 }, (_, layer): DenseLayer => ({
    shape: floats[2 * layer]!.shape,
    weights: floats[2 * layer]!.floats!,
    bias: floats[2 * layer + 1]!.floats!,
  }));
  const order = Array.from({ length: classes }, (_, at) => signature.classes.indexOf(String(at)));
  return packLayers(name, net, order);
}
