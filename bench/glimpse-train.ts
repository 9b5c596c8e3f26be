/**
 * One training task on the built Glimpse, as a process of its own: `dist` is what runs, only this file is
 * not compiled. Takes {task, seed} as JSON and prints one line of JSON. Seconds are those of the epochs
 * (starting the graphs included), as the peers count theirs; reading and measuring are not in them.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrainMeasurement } from './engines.ts';
import { requestOf, type TrainTask } from './train-tasks.ts';

const root = join(import.meta.dirname, '..');
const load = async <Module>(name: string): Promise<Module> =>
  (await import(pathToFileURL(join(root, 'build', `${name}.js`)).href)) as Module;

const { readConfig } = await load<typeof import('../src/config.ts')>('config');
const { openDatasets, openImages } =
  await load<typeof import('../src/compose/open.ts')>('compose/open');
const { bindServingPath } =
  await load<typeof import('../src/compose/serving-path.ts')>('compose/serving-path');
const { createRandom } = await load<typeof import('../src/random.ts')>('random');
const { chooseExamples } = await load<typeof import('../src/training/examples/choose.ts')>(
  'training/examples/choose',
);
const { measure, openServedGraph } = await load<
  typeof import('../src/training/measuring/evaluate.ts')
>('training/measuring/evaluate');
const { examineNet } = await load<typeof import('../src/training/measuring/examine-net.ts')>(
  'training/measuring/examine-net',
);
const { fit } = await load<typeof import('../src/training/fit.ts')>('training/fit');
const { planRun } = await load<typeof import('../src/training/plan-run.ts')>('training/plan-run');
const { resolveNet } =
  await load<typeof import('../src/training/resolve-net.ts')>('training/resolve-net');
const { resolveTrainRequest } = await load<typeof import('../src/training/resolve-request.ts')>(
  'training/resolve-request',
);

const { task, seed } = JSON.parse(process.argv[2]!) as { task: TrainTask; seed: number };
const { signal } = new AbortController();
const config = readConfig();
const images = openImages(config);
const request = resolveTrainRequest(requestOf(task, seed), {
  defaultModel: 'bench',
  hasMnist: true,
  hasUploads: false,
});
const datasets = openDatasets(config, images, 'anywhere');
const random = createRandom(seed);
const plan = planRun(request, []);
const examples = await chooseExamples(plan.data, { datasets, jobDir: root, signal }, random);
const { training, test } = examples;
const { parameters, trainer } = resolveNet(plan.net, {
  learnt: training,
  random,
  threads: availableParallelism(),
});

const [wall, cpu] = [performance.now(), process.cpuUsage()];
const fitted = await fit({
  ...plan.fit,
  trainer,
  // The peers do not watch validation examples between epochs either.
  validation: { ...training, indices: new Int32Array(0) },
  signal,
  report: () => {},
});
const seconds = (performance.now() - wall) / 1000;
const { user, system } = process.cpuUsage(cpu);
const cpuSeconds = (user + system) / 1e6;

const { graph, metrics } = await examineNet(
  request.model,
  { ...trainer, quantise: undefined, values: fitted.values },
  examples,
  { images, openServingPath: bindServingPath(config, images), signal },
);
const served = await openServedGraph(graph, trainer.inputShape, 1);
const all = Int32Array.from(test.dataset.labels, (_, index) => index);
const { accuracy } = await measure(served.infer, { ...test, indices: all }, signal);
await served.close();
await images.close();

const steps = task.epochs * trainer.batches.perEpoch;
const { calibrationError, temperature } = metrics;
const measured: TrainMeasurement = {
  steps,
  seconds,
  cpuSeconds,
  stepMs: (cpuSeconds * 1000) / steps,
  accuracy,
  parameters,
  ...(calibrationError !== undefined && { calibrationError }),
  ...(temperature !== undefined && { temperature }),
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
