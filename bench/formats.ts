/**
 * npm run bench:formats: one net (MobileNetV2, 0.35, 96 x 96) in every format that a version is made of, each converted as publishing
 * does and run in a cell, in turns, on one thread: milliseconds of an image alone and in a batch, beside the same net as plain ONNX.
 * Keras, TensorFlow and tf2onnx of PyPI write the files; the SavedModel is run where `npm run install:tensorflow` has been. Writes the
 * table of docs/models.md and its part of bench/RESULTS.md.
 *   --quick  fewer turns, and nothing is written
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cellOptions } from '../src/compose/runtimes.ts';
import { readConfig } from '../src/config.ts';
import { convertFile } from '../src/converting/convert-file.ts';
import { isGlimpseError } from '../src/errors.ts';
import { packageRoot } from '../src/package.ts';
import { createRandom } from '../src/random.ts';
import { startCell } from '../src/runtime/cells/start-cell.ts';
import type { ModelHost } from '../src/runtime/model-host.ts';
import type { Signature } from '../src/signature.ts';
import { sizeOf, stack, type Tensor } from '../src/tensor.ts';
import { batchesOfRows } from '../src/training/quantising/example-batches.ts';
import { openHere } from '../src/training/quantising/quantise-net.ts';
import { quantiseServed } from '../src/training/quantising/quantise-served.ts';
import { run } from '../scripts/foreign/run.ts';
import { pythonPackages } from '../scripts/foreign/tools.ts';
import { origin, table, writeBlock, writePart } from './results.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
/** As `npm run test:exporters` has them. */
const packages = [
  'keras==3.15.1',
  'tensorflow-cpu==2.21.0',
  'tf2onnx==1.17.0',
  'skl2onnx==1.20.0',
  'scikit-learn==1.9.1',
  'onnx==1.19.1',
  'onnxruntime==1.32.0',
];
const side = 96;
const classes = Array.from({ length: 10 }, (_, at) => String(at));
const batch = 8;
const turns = flags.quick ? 20 : 100;
/** What answers otherwise is another net. */
const target = 1e-4;

type Layout = 'NCHW' | 'NHWC';

interface Format {
  readonly name: string;
  readonly runtime: 'onnx' | 'tensorflow';
  readonly engine: string;
  readonly layout: Layout;
  readonly input: string;
  readonly output: string;
  /** Makes the file that is run; gives where it lies. */
  readonly make: (folder: string) => Promise<string>;
  /** Eight bits answer a little otherwise. */
  readonly isExact?: false;
}

const signatureOf = ({ layout, input, output }: Format): Signature => ({
  input: {
    name: input,
    dtype: 'float32',
    layout,
    shape: layout === 'NCHW' ? [3, side, side] : [side, side, 3],
  },
  output: { name: output, kind: 'probabilities' },
  classes,
});

const converted =
  (file: string) =>
  async (folder: string): Promise<string> => {
    const to = join(folder, `${file.replaceAll('/', '-')}.onnx`);
    await convertFile({ file: join(folder, file), to, said: undefined, maxBytes: 1e9 });
    return to;
  };

const fromFile = (name: string, file: string): Format => ({
  name,
  runtime: 'onnx',
  engine: 'ONNX Runtime',
  layout: 'NCHW',
  input: 'image',
  output: 'scores',
  make: converted(file),
});

const plain: Format = {
  ...fromFile('ONNX, by tf2onnx', 'net.onnx'),
  layout: 'NHWC',
  input: 'x',
  output: 'Identity:0',
  make: (folder) => Promise.resolve(join(folder, 'net.onnx')),
};

const eightBits: Format = {
  ...fromFile('ONNX in eight bits (`--quantise`)', 'net.keras'),
  isExact: false,
  make: quantised,
};

const formats: readonly Format[] = [
  plain,
  fromFile('`.keras`', 'net.keras'),
  fromFile('`.h5`', 'net.h5'),
  fromFile('`model.json`, layers', 'layers/model.json'),
  fromFile('`model.json`, graph', 'graph/model.json'),
  fromFile('frozen graph (`.pb`)', 'net.pb'),
  eightBits,
  {
    name: 'SavedModel',
    runtime: 'tensorflow',
    engine: 'TensorFlow (tfjs-node)',
    layout: 'NHWC',
    input: 'image',
    output: 'scores',
    make: (folder) => Promise.resolve(join(folder, 'saved', 'saved_model.pb')),
  },
];

async function quantised(folder: string): Promise<string> {
  const file = await converted('net.keras')(folder);
  const random = createRandom(1);
  const signature = signatureOf(eightBits);
  const { shape } = signature.input;
  const rows = () => {
    const row = () => Float32Array.from({ length: sizeOf(shape) }, () => 2 * random.next() - 1);
    return batchesOfRows(Array.from({ length: 16 }, row), shape);
  };
  const model = await readFile(file);
  const { model: bytes } = await quantiseServed({
    model,
    modelBytes: model.length,
    signature,
    readData: () => Promise.reject(new Error('all of it is in one file')),
    open: openHere,
    calibration: rows(),
    heldOut: rows(),
    digest: '',
    maxBatchSize: batch,
    signal: new AbortController().signal,
  });
  const to = join(folder, 'eight-bits.onnx');
  await writeFile(to, bytes);
  return to;
}

interface Opened {
  readonly format: Format;
  readonly cell: ModelHost;
  /** Milliseconds of an image, by itself and in a batch. */
  readonly alone: number[];
  readonly together: number[];
  readonly difference: number;
}

const config = readConfig({ GLIMPSE_RUNTIME_THREADS: '1' });
const { limits } = cellOptions(config);

async function floatsOf(file: string): Promise<Float32Array> {
  return new Float32Array(new Uint8Array(await readFile(file)).buffer);
}

/** Images as a format takes them; the files have their channels last. */
function batchOf(images: Float32Array, count: number, layout: Layout): Tensor {
  const size = 3 * side * side;
  const rows = Array.from({ length: count }, (_, at) => {
    const row = images.subarray((at % 4) * size, ((at % 4) + 1) * size);
    if (layout === 'NHWC') return row;
    return Float32Array.from({ length: size }, (_value, place) => {
      const [channel, pixel] = [Math.floor(place / side ** 2), place % side ** 2];
      return row[3 * pixel + channel]!;
    });
  });
  return stack(rows, layout === 'NCHW' ? [3, side, side] : [side, side, 3]);
}

/** A format that answers as Keras does; undefined where its engine is not installed. */
async function opened(format: Format, folder: string): Promise<Opened | undefined> {
  const file = await format.make(folder);
  const signature = signatureOf(format);
  const { runtime } = format;
  try {
    const cell = await startCell({ runtime, file, signature, threads: 1 }, cellOptions(config));
    const images = await floatsOf(join(folder, 'net.in'));
    const wanted = await floatsOf(join(folder, 'net.out'));
    const { outputs } = await cell.infer(batchOf(images, 4, format.layout), limits.batchMs);
    const difference = wanted.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - (outputs.data[at] ?? NaN))),
      0,
    );
    if (!(difference <= target) && format.isExact !== false) {
      throw new Error(`${format.name} is ${difference} from what Keras answers`);
    }
    return { format, cell, alone: [], together: [], difference };
  } catch (error) {
    const isMissing = isGlimpseError(error) && error.code === 'GLIMPSE_RUNTIME_MISSING';
    if (!isMissing) throw error;
    console.log(`${format.name}: NOT MEASURED, ${error.message}`);
    return undefined;
  }
}

/** Every format once in each turn, so that whatever else the machine does falls on all of them. */
async function measure(all: readonly Opened[], images: Float32Array): Promise<void> {
  for (let turn = -3; turn < turns; turn += 1) {
    for (const { format, cell, alone, together } of all) {
      const one = await cell.infer(batchOf(images, 1, format.layout), limits.batchMs);
      const many = await cell.infer(batchOf(images, batch, format.layout), limits.batchMs);
      if (turn < 0) continue;
      alone.push(one.tookMs);
      together.push(many.tookMs / batch);
    }
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

const folder = await mkdtemp(join(tmpdir(), 'glimpse-bench-formats-'));
try {
  process.env['TF_NUM_INTRAOP_THREADS'] = '1';
  process.env['TF_NUM_INTEROP_THREADS'] = '1';
  const python = join(await pythonPackages(...packages), 'bin', 'python');
  await run(python, [join(packageRoot, 'scripts', 'keras', 'write_formats.py'), folder], {
    timeoutMs: 10 * 60_000,
  });
  const all: Opened[] = [];
  for (const format of formats) {
    const one = await opened(format, folder);
    if (one) all.push(one);
  }
  try {
    await measure(all, await floatsOf(join(folder, 'net.in')));
  } finally {
    for (const { cell } of all) await cell.close();
  }
  const [base] = all;
  const rows = all.map(({ format, alone, together, difference }) => {
    const beside = (own: number[], other: number[]): string =>
      (median(own) / median(other)).toFixed(2);
    return [
      format.name,
      format.engine,
      median(alone).toFixed(2),
      beside(alone, base!.alone),
      median(together).toFixed(2),
      beside(together, base!.together),
      difference.toExponential(0),
    ];
  });
  const head = [
    'format',
    'engine',
    'ms alone',
    'beside ONNX',
    `ms of ${batch}`,
    'beside ONNX',
    'from Keras',
  ];
  const text = [
    origin('npm run bench:formats'),
    'MobileNetV2 (0.35, 96 x 96), random weights, one thread, in turns; milliseconds of one image, medians.',
    table([head, ...rows], 2),
  ].join('\n\n');
  console.log(text);
  if (!flags.quick) {
    await writePart('Serving', 'Formats', text);
    await writeBlock(join(packageRoot, 'docs', 'models.md'), 'formats', text);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);
