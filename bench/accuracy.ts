/**
 * npm run bench:accuracy: how right nets from the first 1000 images of MNIST are, over several seeds. Prints
 * its table and writes its section of bench/RESULTS.md.
 *   --seeds N         seeds 1..N (3)
 *   --epochs 20,140   the lengths of the runs of cnn
 *   --quick           RESULTS.md is left alone
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { glimpse, type TrainMeasurement } from './engines.ts';
import { median } from './machine.ts';
import { requireMnist } from './mnist.ts';
import { origin, table, writeSection } from './results.ts';
import { founding, recipeTask, type TrainTask } from './train-tasks.ts';

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '20,140' },
    quick: { type: 'boolean' },
  },
});
const engine = glimpse(requireMnist());
const seeds = Array.from({ length: Number(flags.seeds) }, (_, index) => index + 1);
const tasks = [
  founding,
  ...flags.epochs.split(',').map((epochs) => recipeTask('cnn', Number(epochs))),
  recipeTask('gru', 80),
];

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of a sample; one value has none. */
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1),
  );
}

const percent = (share: number): string =>
  Number.isNaN(share) ? '-' : `${(share * 100).toFixed(2)} %`;

function line(task: TrainTask, runs: readonly TrainMeasurement[]): string[] {
  const accuracies = runs.map(({ accuracy }) => accuracy);
  const calibration = runs.map(({ calibrationError = NaN }) => calibrationError);
  return [
    task.name,
    percent(mean(accuracies)),
    percent(deviation(accuracies)),
    percent(Math.min(...accuracies)),
    percent(mean(calibration)),
    percent(Math.max(...calibration)),
    median(runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1),
    median(runs.map(({ seconds }) => seconds)).toFixed(1),
  ];
}

execFileSync('npm', ['run', '--silent', 'build'], {
  cwd: join(import.meta.dirname, '..'),
  stdio: 'inherit',
});
const rows = tasks.map((task) => {
  const runs = seeds.map((seed) => {
    const found = engine.train(task, seed);
    console.error(
      `  ${task.name}, seed ${seed}: ${percent(found.accuracy)}, calibration error ` +
        `${percent(found.calibrationError ?? NaN)}, ${found.cpuSeconds.toFixed(1)} s of CPU`,
    );
    return found;
  });
  return line(task, runs);
});
const head =
  'from the first 1000 images | accuracy | sd | lowest | calibration error | highest | CPU s | wall s';
const isUsual = flags.seeds === '3' && flags.epochs === '20,140';
const text = [
  origin(
    `npm run bench:accuracy${isUsual ? '' : ` -- --seeds ${flags.seeds} --epochs ${flags.epochs}`}`,
  ),
  `Means over ${seeds.length} seeds. Accuracy is on training images 50000 to 59999 of MNIST: nobody learnt from them and nothing was chosen by them, except that 200 of them fitted the temperature, and the calibration error (15 bins) is measured on the 9,800 others. Time is that of the epochs, middle of the seeds.`,
  table([head.split(' | '), ...rows]),
].join('\n\n');
console.log(text);
if (!flags.quick) await writeSection('Accuracy', text);
