/**
 * Trains the small net that parts digits which touch, and writes it into src/image/handwriting/digit-net-weights.ts.
 *
 *   npx tsx scripts/train-reader.ts [--lines 4000] [--seed 1] [--epochs 5]
 *
 * Lines are drawn with our own pen, with MNIST's training images 0..49999 and with the system's fonts, and taken apart as they would be
 * when they are read: whatever might be taken for a digit is an example, of the digit it is or of the class for what is none. Beside
 * them 25,000 images of MNIST as they are. Needs MNIST (npm run fetch-mnist); some twenty minutes of a core.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { readMnist, requireMnist } from '../bench/mnist.ts';
import { readInitialisers } from '../src/neural/read-initialisers.ts';
import { createRandom } from '../src/random.ts';
import { fontGlyphs, mnistGlyphs, strokes, systemFaces } from './drawing/glyphs.ts';
import { candidatesOfLine, NO_DIGIT, type LabelledCandidate } from './reader/collect-candidates.ts';
import { packLayers, type DenseLayer } from './reader/pack-layers.ts';

const { values: flags } = parseArgs({
  options: {
    lines: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '1' },
    epochs: { type: 'string', default: '5' },
  },
});
const root = join(import.meta.dirname, '..');
const learnt = await readMnist(requireMnist(), 0, 50_000);
const mnist = mnistGlyphs(learnt.pixels, learnt.labels);
const faces = systemFaces();
const [fonts = mnist, hands = mnist] = await fontGlyphs(faces, faces.length * 10);
const sources = [strokes, mnist, mnist, mnist, fonts, mnist, strokes, hands];
const random = createRandom(Number(flags.seed));

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

const examples: LabelledCandidate[] = [];
for (let line = 0; line < Number(flags.lines); line += 1) {
  for (const candidate of await candidatesOfLine(random, sources)) {
    examples.push(candidate);
    // Whole digits are few among all that might be one.
    if (candidate.label !== NO_DIGIT) examples.push(candidate);
  }
  if (line % 100 === 99) console.error(`  ${line + 1} lines, ${examples.length} examples`);
}
for (let index = 0; index < 25_000; index += 1) {
  const pixels = learnt.pixels.subarray(index * 784, (index + 1) * 784);
  examples.push({ pixels, label: learnt.labels[index]! });
}

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
    ...hidden(10),
    ...hidden(20),
    { type: 'flatten' },
    { type: 'dropout', rate: 0.1 },
    { type: 'dense', units: 64, activation: 'relu' },
    { type: 'dense' },
  ];
  const command = ['tsx', 'src/cli.ts', 'train', imagesFile, '--labels-uri', labelsFile];
  command.push('--model', 'reader', '--epochs', flags.epochs, '--batch-size', '64');
  command.push('--schedule', 'one-cycle', '--learning-rate', '0.006', '--seed', flags.seed);
  command.push('--validation-split', '0', '--test-split', '0.05');
  command.push('--architecture', JSON.stringify({ layers }));
  const env = {
    ...process.env,
    GLIMPSE_REPOSITORY: folder,
    GLIMPSE_DATA_DIR: join(folder, 'data'),
  };
  execFileSync('npx', command, { cwd: root, stdio: 'inherit', env });
  const version = join(folder, 'reader', '1');
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
  const classes = Array.from({ length: 11 }, (_, name) => signature.classes.indexOf(String(name)));
  const target = join(root, 'src/image/handwriting/digit-net-weights.ts');
  await writeFile(target, packLayers(net, classes));
  console.error(`  written to ${target}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
