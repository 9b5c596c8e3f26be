/**
 * npm run bench:cells: what a cell costs beside a thread. The same models in both, in turns, and a table of the
 * median time from a batch to its result and of the processor time of server and cell together, each of the round that
 * was closest to an idle machine. Writes its part of bench/RESULTS.md.
 *   --rounds N   how often each is measured (5)
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileWhenStale } from '../scripts/compile.mjs';
import { unsharedCellMemory } from '../src/account.ts';
import type { Entry } from '../src/entry.ts';
import { resolveArchitecture } from '../src/neural/architectures.ts';
import { createGraph, symbolicBatch } from '../src/neural/graph.ts';
import { buildInferenceGraph } from '../src/neural/inference-graph.ts';
import { slotsOf } from '../src/neural/layers/kinds.ts';
import { serializeGraph } from '../src/neural/serialize.ts';
import type { Manifest } from '../src/repository/manifest.ts';
import { startCell } from '../src/runtime/cells/start-cell.ts';
import type { ModelHost } from '../src/runtime/model-host.ts';
import { startModelThread } from '../src/runtime/model-thread.ts';
import type { EngineOptions } from '../src/runtime/open-engine.ts';
import type { Signature } from '../src/signature.ts';
import { sizeOf } from '../src/tensor.ts';
import { cpuSeconds, median } from './machine.ts';
import { origin, table, writePart } from './results.ts';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const limitMs = 60_000;
const limits = { openMs: limitMs, batchMs: limitMs, memoryBytes: 2 ** 32 };
const cellOptions = {
  env: {},
  limits,
  memory: unsharedCellMemory,
  onDeath: () => {},
  onOutput: () => {},
};

/** A photo through one matrix product: little to compute for much that is sent. */
function photoModel(): { bytes: Uint8Array; signature: Signature } {
  const shape = [3, 224, 224];
  const graph = createGraph();
  const image = graph.input('image', [symbolicBatch, ...shape]);
  const size = sizeOf(shape);
  const flat = graph.node('Reshape', [image, graph.integers([-1, size])], [symbolicBatch, size]);
  const matrix = graph.constant(new Float32Array(size * 10).fill(0.001), [size, 10]);
  graph.output('logits', graph.node('MatMul', [flat, matrix], [symbolicBatch, 10]));
  return {
    bytes: serializeGraph(graph, 'photo'),
    signature: {
      input: { name: 'image', dtype: 'float32', layout: 'NCHW', shape },
      output: { name: 'logits', kind: 'logits' },
      classes: Array.from({ length: 10 }, (_, index) => String(index)),
    },
  };
}

/** A photo through a net that computes as little as one for photos may: some twenty million products. */
function netForPhotos(): { bytes: Uint8Array; signature: Signature } {
  const { signature } = photoModel();
  const layers = resolveArchitecture(
    {
      layers: [
        ...[16, 32, 64].flatMap((filters) => [
          { type: 'conv2d', filters, kernelSize: 3, strides: 2, activation: 'relu' },
        ]),
        { type: 'globalAveragePooling2d' },
        { type: 'dense' },
      ],
    },
    { inputShape: signature.input.shape, classes: signature.classes.length },
  );
  const values = new Map(
    layers.flatMap((layer) =>
      slotsOf(layer).map(({ slot, shape }): [string, Float32Array] => [
        `${layer.name}.${slot}`,
        new Float32Array(sizeOf(shape)).fill(0.01),
      ]),
    ),
  );
  const { model } = buildInferenceGraph({ layers, inputShape: signature.input.shape, values });
  return { bytes: model, signature };
}

/** The processes this one has started. */
const children = (): number[] =>
  readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

async function measure(host: ModelHost, shape: readonly number[], runs: number): Promise<Cost> {
  const batch = () => ({ shape, data: new Float32Array(sizeOf(shape)).fill(0.5) });
  for (let run = 0; run < 100; run += 1) await host.infer(batch(), limitMs);
  const pids = [process.pid, ...children()];
  const cpuMs = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid) * 1000, 0);
  const before = cpuMs();
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const given = batch();
    const startedAt = performance.now();
    await host.infer(given, limitMs);
    times.push(performance.now() - startedAt);
  }
  return { ms: median(times), cpuMs: (cpuMs() - before) / runs };
}

/** A program as it runs in production. */
const compiled = (name: string): Entry => ({
  url: new URL(`../dist/runtime/${name}.js`, import.meta.url),
  execArgv: [],
});

async function hosted(place: ModelHost['place'], engine: EngineOptions): Promise<ModelHost> {
  return place === 'cell'
    ? await startCell(engine, cellOptions, compiled('cells/cell-process'))
    : await startModelThread({ engine, limits, onAbandon: () => {} }, compiled('model-worker'));
}

compileWhenStale();
const folder = await mkdtemp(join(tmpdir(), 'glimpse-cells-'));
const digits = join(import.meta.dirname, '..', 'models', 'digits', '1');
const manifest: Manifest = JSON.parse(readFileSync(join(digits, 'manifest.json'), 'utf8'));
const photo = photoModel();
const photoFile = join(folder, 'photo.onnx');
await writeFile(photoFile, photo.bytes);
const net = netForPhotos();
const netFile = join(folder, 'net.onnx');
await writeFile(netFile, net.bytes);
const models = [
  { name: 'digits, 28x28', file: join(digits, 'model.onnx'), signature: manifest.signature },
  { name: 'one product, 224x224x3', file: photoFile, signature: photo.signature },
  { name: 'three convolutions, 224x224x3', file: netFile, signature: net.signature },
];
const rows: string[][] = [];
for (const { name, file, signature } of models) {
  const engine = { runtime: 'onnx', file, signature, threads: 1 } as const;
  for (const [size, runs] of [
    [1, 1_000],
    [32, 40],
  ] as const) {
    const costs: Record<'worker' | 'cell', Cost[]> = { worker: [], cell: [] };
    for (let round = 0; round < Number(flags.rounds); round += 1) {
      for (const place of ['worker', 'cell'] as const) {
        const host = await hosted(place, engine);
        costs[place].push(await measure(host, [size, ...signature.input.shape], runs));
        await host.close();
      }
    }
    const [thread, cell] = [costs.worker, costs.cell].map((each) => ({
      ms: Math.min(...each.map(({ ms }) => ms)),
      cpuMs: Math.min(...each.map(({ cpuMs }) => cpuMs)),
    }));
    rows.push([
      name,
      String(size),
      thread!.ms.toFixed(3),
      cell!.ms.toFixed(3),
      (cell!.ms - thread!.ms).toFixed(3),
      thread!.cpuMs.toFixed(3),
      cell!.cpuMs.toFixed(3),
      `${((cell!.cpuMs / thread!.cpuMs - 1) * 100).toFixed(0)} %`,
    ]);
  }
}
await rm(folder, { recursive: true, force: true });
const head = [
  'model',
  'batch',
  'thread ms',
  'cell ms',
  'more',
  'thread CPU ms',
  'cell CPU ms',
  'more',
];
const text = [
  origin('npm run bench:cells'),
  `From a batch to its result, and processor time of server and cell together; the best of ${flags.rounds} rounds in turns.`,
  table([head, ...rows]),
].join('\n\n');
console.log(text);
await writePart('Serving', 'What a cell costs', text);
