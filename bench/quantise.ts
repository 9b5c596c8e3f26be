/**
 * npm run bench:quantise: models in float32 and in eight bits, on one thread: bytes, milliseconds of an image alone and in
 * the best batch, and how many images both answer alike. The shipped digits on MNIST, and a net of residual blocks over
 * photos whose weights are drawn, so that only its speed says something. Writes its part of bench/RESULTS.md.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../src/repository/manifest.ts';
import type { Quantisation, QuantisationSide } from '../src/repository/figures/quantisation.ts';
import { createRandom } from '../src/random.ts';
import type { Signature } from '../src/signature.ts';
import { sizeOf } from '../src/tensor.ts';
import { batchesOfRows, type ExampleBatches } from '../src/training/quantising/example-batches.ts';
import { openHere } from '../src/training/quantising/quantise-net.ts';
import { quantiseServed } from '../src/training/quantising/quantise-served.ts';
import { readMnist, requireMnist } from './mnist.ts';
import { residualNet, residualSignature } from './residual-net.ts';
import { origin, table, writePart } from './results.ts';

async function compare(
  model: Uint8Array,
  signature: Signature,
  calibration: ExampleBatches,
  heldOut: ExampleBatches,
): Promise<Quantisation> {
  const { quantisation } = await quantiseServed({
    model,
    modelBytes: model.length,
    signature,
    readData: () => Promise.reject(new Error('all of it is in one file')),
    open: openHere,
    calibration,
    heldOut,
    digest: '',
    maxBatchSize: 64,
    signal: new AbortController().signal,
  });
  return quantisation;
}

async function digits(): Promise<Quantisation> {
  const folder = join(import.meta.dirname, '..', 'models', 'digits', '1');
  const { signature } = JSON.parse(
    await readFile(join(folder, 'manifest.json'), 'utf8'),
  ) as Manifest;
  const rows = async (from: number, count: number): Promise<ExampleBatches> => {
    const { pixels, labels } = await readMnist(requireMnist(), from, count);
    const examples = Array.from({ length: count }, (_, at) =>
      Float32Array.from(pixels.subarray(at * 784, (at + 1) * 784), (level) => level / 255),
    );
    return { ...batchesOfRows(examples, signature.input.shape), labels: Int32Array.from(labels) };
  };
  const model = await readFile(join(folder, 'model.onnx'));
  return compare(model, signature, await rows(0, 256), await rows(50_000, 10_000));
}

async function photos(): Promise<Quantisation> {
  const random = createRandom(1);
  const { shape } = residualSignature.input;
  const rows = (): ExampleBatches => {
    const images = Array.from({ length: 16 }, () =>
      Float32Array.from({ length: sizeOf(shape) }, () => random.next()),
    );
    return batchesOfRows(images, shape);
  };
  return compare(residualNet(), residualSignature, rows(), rows());
}

const rows: string[][] = [];
for (const [name, run] of [
  ['digits (shipped)', digits],
  ['residual blocks, 224 x 224', photos],
] as const) {
  const { float, quantised, agreement, comparedOn } = await run();
  const row = (kind: string, side: QuantisationSide, alike: string): string[] => [
    name,
    kind,
    String(Math.round(side.bytes / 1024)),
    side.accuracy === undefined ? '' : `${(side.accuracy * 100).toFixed(2)} %`,
    alike,
    side.msAlone.toFixed(3),
    side.msInBatch.toFixed(3),
    String(side.batchSize),
  ];
  rows.push(row('float32', float, ''));
  const alike = run === digits ? `${(agreement * 100).toFixed(2)} % of ${comparedOn}` : '';
  rows.push(row('eight bits', quantised, alike));
}
const head = [
  'model',
  'computes in',
  'KiB',
  'accuracy',
  'answered alike',
  'ms alone',
  'ms in a batch',
  'of',
];
const text = [
  origin('npm run bench:quantise'),
  'One thread; milliseconds of one image, by itself and in the smallest batch with nearly the best throughput.',
  table([head, ...rows], 2),
].join('\n\n');
console.log(text);
await writePart('Serving', 'In eight bits', text);
