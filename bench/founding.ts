/**
 * npm run bench:founding: what each thing that the article behind the founding example leaves open gives, over seeds.
 * Every net is Dense 128, dropout 0.2, Dense 10, learnt by Adam in 50 epochs from 1000 images of MNIST, and measured on
 * training images 50000 to 59999. Each run is kept in .glimpse/bench-founding.ndjson as it ends.
 *   --seeds N    seeds 1..N (5)
 *   --draw       1000 images drawn from the first 50,000, others for every seed, in place of the first 1000
 *   --only TEXT  the settings whose name contains this
 *   --fresh      forgets what was kept
 *   --quick      no file is written
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatasets, openImages } from '../src/compose/open.ts';
import { readConfig } from '../src/config.ts';
import { buildInferenceGraph } from '../src/neural/inference-graph.ts';
import { createRandom } from '../src/random.ts';
import { chooseExamples } from '../src/training/examples/choose.ts';
import { fit } from '../src/training/fit.ts';
import { measure, openServedGraph } from '../src/training/measuring/evaluate.ts';
import { planRun } from '../src/training/plan-run.ts';
import type { TrainRequest } from '../src/training/request.ts';
import { resolveTrainRequest } from '../src/training/resolve-request.ts';
import { resolveNet } from '../src/training/resolve-net.ts';
import { keepLines } from './kept-lines.ts';
import { requireMnist } from './mnist.ts';
import { origin, table, writeBlock, writePart } from './results.ts';
import { heldOut } from './train-tasks.ts';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    draw: { type: 'boolean', default: false },
    fresh: { type: 'boolean' },
    quick: { type: 'boolean' },
  },
});
const mnist = requireMnist();

interface Setting {
  readonly name: string;
  readonly request: TrainRequest;
  /** Of the 1000 images, how many are learnt from: the rest is set aside. */
  readonly learnt: number;
}

const article = {
  optimizer: { name: 'adam', learningRate: 0.001 },
  schedule: 'constant',
  augmentation: 'none',
  batchSize: 32,
  labelSmoothing: 0,
} as const satisfies TrainRequest;
const settings: readonly Setting[] = [
  { name: 'as Keras does it', request: article, learnt: 1000 },
  {
    name: 'one-cycle up to 0.003',
    request: {
      ...article,
      schedule: 'one-cycle',
      optimizer: { name: 'adam', learningRate: 0.003 },
    },
    learnt: 1000,
  },
  { name: 'shifts', request: { ...article, augmentation: 'shift' }, learnt: 1000 },
  { name: 'both: the defaults', request: {}, learnt: 1000 },
  { name: 'both, smoothing 0.1', request: { labelSmoothing: 0.1 }, learnt: 1000 },
  { name: 'both, batches of 64', request: { batchSize: 64 }, learnt: 1000 },
  { name: 'as Keras does it, 200 set aside', request: article, learnt: 800 },
  { name: 'the defaults, 200 set aside', request: {}, learnt: 800 },
];

interface Found {
  readonly name: string;
  readonly seed: number;
  readonly draw: boolean;
  readonly accuracy: number;
  readonly cpuSeconds: number;
}
const kept = keepLines<Found>(root, 'bench-founding', flags.fresh);

const config = { ...readConfig(), GLIMPSE_MNIST_DIR: mnist };
const images = openImages(config);
const datasets = openDatasets(config, images, 'anywhere');
const { signal } = new AbortController();

async function run({ name, request, learnt }: Setting, seed: number): Promise<Found> {
  const data = { uri: 'mnist:', limit: flags.draw ? heldOut.offset : 1000 };
  const asked = { dataset: data, evaluation: { uri: 'mnist:', ...heldOut }, seed, ...request };
  const context = { defaultModel: 'bench', hasMnist: true, hasUploads: false };
  const plan = planRun(resolveTrainRequest(asked, context), []);
  const random = createRandom(seed);
  const chosen = await chooseExamples(plan.data, { datasets, jobDir: root, signal }, random);
  const { test } = chosen;
  const order = chosen.training.indices.slice();
  if (flags.draw || learnt < order.length) random.fork('draw').shuffle(order);
  const training = { ...chosen.training, indices: order.slice(0, learnt).sort() };
  const { trainer } = resolveNet(plan.net, { learnt: training, random, threads: 1 });
  const cpu = process.cpuUsage();
  const fitted = await fit({
    ...plan.fit,
    trainer,
    validation: { ...training, indices: new Int32Array(0) },
    signal,
    report: () => {},
  });
  const { user, system } = process.cpuUsage(cpu);
  const { layers, inputShape } = trainer;
  const graph = buildInferenceGraph({ layers, inputShape, values: fitted.values, temperature: 1 });
  const served = await openServedGraph(graph, inputShape, 1);
  const all = Int32Array.from(test.dataset.labels, (_, index) => index);
  const { accuracy } = await measure(served.infer, { ...test, indices: all }, signal);
  await served.close();
  return { name, seed, draw: flags.draw, accuracy, cpuSeconds: (user + system) / 1e6 };
}

for (const setting of settings.filter(({ name }) => name.includes(flags.only))) {
  for (let seed = 1; seed <= Number(flags.seeds); seed += 1) {
    const { name } = setting;
    if (
      kept.lines.some((one) => one.name === name && one.seed === seed && one.draw === flags.draw)
    ) {
      continue;
    }
    const found = await run(setting, seed);
    kept.add(found);
    console.error(`  ${name}, seed ${seed}: ${(found.accuracy * 100).toFixed(2)} %`);
  }
}
await images.close();

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const rows = settings.flatMap(({ name, learnt }) => {
  const own = kept.lines.filter((one) => one.name === name && one.draw === flags.draw);
  if (own.length === 0) return [];
  const accuracies = own.map(({ accuracy }) => accuracy);
  const mean = accuracies.reduce((sum, one) => sum + one, 0) / own.length;
  const lowest = Math.min(...accuracies);
  return [[name, String(learnt), String(own.length), percent(mean), percent(lowest)]];
});
const found = table([['setting', 'learnt from', 'seeds', 'mean accuracy', 'lowest'], ...rows]);
const text = [
  origin(`npm run bench:founding${flags.draw ? ' -- --draw' : ''}`),
  `Dense 128, dropout 0.2, Dense 10, Adam, 50 epochs, ${flags.draw ? '1000 images drawn from the first 50,000 of MNIST, others for every seed' : 'the first 1000 images of MNIST'}. Accuracy is on training images 50000 to 59999, which nothing was learnt from or chosen by; one such accuracy has a standard deviation of 0.3 points by chance alone.`,
  found,
].join('\n\n');
console.log(text);
if (!flags.quick) {
  const title = flags.draw ? 'The founding example, drawn images' : 'The founding example';
  await writePart('Accuracy', title, text);
  if (!flags.draw) await writeBlock(join(root, 'docs', 'training.md'), 'founding', found);
}
