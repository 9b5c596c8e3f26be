/**
 * npm run bench:parallel: what parallelism batches among threads saves. Trains the same nets with every number
 * of workers in turns, an epoch each, in this one process, and prints a table.
 *   --nets cnn:50,cnn-large:128   net and batch size
 *   --workers 1,2                 the first is the measure of the others
 *   --threads 2                   also one worker with so many threads inside of the runtime
 *   --rounds N                    epochs measured of each (15)
 *   --plain                       without augmentation
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { openDatasets, openImages } from '../src/compose/open.ts';
import { createRandom } from '../src/random.ts';
import { chooseExamples } from '../src/training/examples/choose.ts';
import { planRun } from '../src/training/plan-run.ts';
import { resolveNet } from '../src/training/resolve-net.ts';
import { resolveTrainRequest } from '../src/training/resolve-request.ts';
import { createTrainer } from '../src/training/steps/trainer.ts';
import { describeMachine, median } from './machine.ts';
import { requireMnist } from './mnist.ts';
import { table } from './results.ts';

const { values: flags } = parseArgs({
  options: {
    nets: {
      type: 'string',
      default: 'dense:32,cnn:50,cnn:128,cnn-wide:64,cnn-large:50,cnn-large:128',
    },
    workers: { type: 'string', default: '1,2' },
    threads: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    plain: { type: 'boolean' },
  },
});
requireMnist();

/** Threads of the runtime spin for a while when their work is done; the next variant shall not pay for it. */
const PAUSE_MS = 200;

/** Steps of an epoch: short, so that whatever else the machine does falls on all variants alike. */
const STEPS = 8;

const config = readConfig();
const images = openImages(config);
const datasets = openDatasets(config, images, 'anywhere');
const { signal } = new AbortController();

interface Variant {
  readonly workers: number;
  readonly threads: number;
}

interface Sample {
  readonly wall: number;
  readonly cpu: number;
  /** Of the thread that carries the state: the time a step takes where every thread has a core. */
  readonly own: number;
}

async function prepare(architecture: string, batchSize: number, { workers, threads }: Variant) {
  const request = resolveTrainRequest(
    {
      dataset: { uri: 'mnist:', limit: batchSize * STEPS },
      evaluation: { uri: 'mnist:', offset: 50_000, limit: 1000 },
      architecture: architecture as 'cnn',
      augmentation: flags.plain ? 'none' : 'handwriting',
      epochs: 10_000,
      batchSize,
      workers,
    },
    { defaultModel: 'bench', hasMnist: true, hasUploads: false },
  );
  const random = createRandom(1);
  const plan = planRun(request, []);
  const context = { datasets, jobDir: tmpdir(), signal };
  const { training } = await chooseExamples(plan.data, context, random);
  const { trainer: options } = resolveNet(plan.net, {
    learnt: training,
    random,
    threads: availableParallelism(),
  });
  const trainer = await createTrainer({ ...options, threads });
  const epoch = async (): Promise<Sample> => {
    await sleep(PAUSE_MS);
    const [started, before, own] = [performance.now(), process.cpuUsage(), ownCpu()];
    await trainer.runEpoch(signal);
    const wall = (performance.now() - started) / STEPS;
    const { user, system } = process.cpuUsage(before);
    return { wall, cpu: (user + system) / 1000 / STEPS, own: (ownCpu() - own) / STEPS };
  };
  const close = async (): Promise<void> => {
    await trainer.close();
    await options.batches.close();
  };
  return { epoch, close, samples: [] as Sample[] };
}

/** Milliseconds of processor of the main thread; NaN where /proc does not tell. */
function ownCpu(): number {
  try {
    const file = `/proc/self/task/${process.pid}/schedstat`;
    return Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return NaN;
  }
}

const variants: Variant[] = [
  ...flags.workers.split(',').map((workers) => ({ workers: Number(workers), threads: 1 })),
  ...(flags.threads === undefined ? [] : [{ workers: 1, threads: Number(flags.threads) }]),
];
const rows: string[][] = [];
for (const [net, batchSize] of flags.nets.split(',').map((one) => one.split(':'))) {
  const all: Awaited<ReturnType<typeof prepare>>[] = [];
  for (const variant of variants) all.push(await prepare(net!, Number(batchSize), variant));
  for (const { epoch } of all) await epoch();
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    for (const { epoch, samples } of all) samples.push(await epoch());
  }
  const middle = (index: number, figure: keyof Sample): number =>
    median(all[index]!.samples.map((sample) => sample[figure]));
  variants.forEach(({ workers, threads }, index) => {
    const least = Math.min(...all[index]!.samples.map(({ wall }) => wall));
    rows.push([
      index === 0 ? `${net}, ${batchSize}` : '',
      threads === 1 ? String(workers) : `1, ${threads} runtime threads`,
      middle(index, 'wall').toFixed(1),
      least.toFixed(1),
      middle(index, 'own').toFixed(1),
      middle(index, 'cpu').toFixed(1),
      `${(middle(0, 'wall') / middle(index, 'wall')).toFixed(2)}x`,
    ]);
  });
  for (const { close } of all) await close();
  console.error(
    `  ${rows
      .slice(-variants.length)
      .map((row) => row.join(' '))
      .join('\n  ')}`,
  );
}
await images.close();
const head = [
  'net, batch',
  'workers',
  'wall ms/step',
  'least',
  'own thread',
  'CPU ms/step',
  'wall',
];
console.log(`${describeMachine()}\n\n${table([head, ...rows])}`);
