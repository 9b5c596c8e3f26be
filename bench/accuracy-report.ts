import { countParameters, resolveArchitecture } from '../src/neural/architectures.ts';
import { presetNames, type PresetName } from '../src/neural/presets.ts';
import type { TrainMeasurement } from './engines.ts';
import { median } from './machine.ts';
import { origin, table } from './results.ts';
import { founding, recipeTask, type TrainTask } from './train-tasks.ts';

/** Every preset for 20 epochs, and for as many as are worth it. */
export const accuracyTasks: readonly { readonly task: TrainTask; readonly seeds: number }[] = [
  { task: founding, seeds: 1 },
  { task: recipeTask('dense', 20, 3e-3), seeds: 1 },
  { task: recipeTask('cnn-tiny', 20), seeds: 1 },
  { task: recipeTask('cnn-tiny', 140), seeds: 1 },
  { task: recipeTask('cnn', 20), seeds: 3 },
  { task: recipeTask('cnn', 140), seeds: 3 },
  { task: recipeTask('cnn-wide', 20, 5e-3), seeds: 1 },
  { task: recipeTask('cnn-wide', 260, 5e-3), seeds: 1 },
  { task: recipeTask('cnn-large', 20, 5e-3), seeds: 1 },
  { task: recipeTask('rnn', 20, 2e-3), seeds: 1 },
  { task: recipeTask('rnn', 80, 2e-3), seeds: 1 },
  { task: recipeTask('lstm', 20), seeds: 1 },
  { task: recipeTask('lstm', 80), seeds: 1 },
  { task: recipeTask('gru', 20), seeds: 1 },
  { task: recipeTask('gru', 80), seeds: 1 },
];

export interface AccuracyRow {
  readonly task: TrainTask;
  /** One for each seed, at least one. */
  readonly runs: readonly TrainMeasurement[];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of a sample; one value has none. */
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

const percent = (share: number): string =>
  Number.isNaN(share) ? '-' : `${(share * 100).toFixed(2)} %`;

function line({ task, runs }: AccuracyRow): string[] {
  const accuracies = runs.map(({ accuracy }) => accuracy);
  const calibration = runs.map(({ calibrationError = NaN }) => calibrationError);
  return [
    task.name,
    String(task.learningRate),
    runs[0]!.parameters?.toLocaleString('en') ?? '-',
    String(runs.length),
    percent(mean(accuracies)),
    percent(deviation(accuracies)),
    percent(Math.min(...accuracies)),
    percent(Math.max(...calibration)),
    median(runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1),
    median(runs.map(({ seconds }) => seconds)).toFixed(1),
  ];
}

/** The section "Accuracy" of bench/RESULTS.md. */
export function reportAccuracy(rows: readonly AccuracyRow[]): string {
  const head =
    'preset and epochs | rate | parameters | seeds | accuracy | sd | lowest | calibration error | CPU s | wall s';
  return [
    origin('npm run bench:accuracy'),
    'Learnt from the first 1000 images of MNIST; means over the seeds, the highest calibration error (15 bins) of them, and the middle of their times, which are those of the epochs, augmentation included. Accuracy is on training images 50000 to 59999: nobody learnt from them and nothing was chosen by them, except that 200 of them fitted the temperature, and the calibration error is measured on the 9,800 others. One such accuracy has a standard deviation of 0.1 points by chance alone.',
    'All but the founding example (the defaults of `POST /train`) are trained with batches of 50, Adam on a one-cycle schedule with the rate as its peak, label smoothing 0.1 and augmentation `handwriting`.',
    table([head.split(' | '), ...rows.map(line)]),
  ].join('\n\n');
}

const pair = (filters: number): string =>
  `2 x (conv 3x3 of ${filters}, batch norm, ReLU), max pool`;
const layersInWords: Readonly<Record<PresetName, string>> = {
  dense: 'dense 128, ReLU, dropout 0.2, dense',
  'cnn-tiny': `${pair(8)}; the same of 16; dropout 0.1; dense 64, batch norm, ReLU; dense`,
  cnn: `${pair(16)}; the same of 32; dropout 0.2; dense 128, batch norm, ReLU; dense`,
  'cnn-wide': `${pair(24)}; the same of 48; dropout 0.3; dense 96, batch norm, ReLU; dense`,
  'cnn-large': `${pair(32)}; the same of 64; dropout 0.3; dense 128, batch norm, ReLU; dense`,
  rnn: 'simple RNN of 128 over the rows, dropout 0.2, dense',
  lstm: 'LSTM of 128 over the rows, dropout 0.2, dense',
  gru: 'GRU of 128 over the rows, dropout 0.2, dense',
};

/** The table of presets in docs/training.md: what they are, and what 20 and more epochs make of 1000 images. */
export function presetTable(rows: readonly AccuracyRow[]): string {
  const cell = ({ task, runs }: AccuracyRow): string => {
    const seconds = median(runs.map(({ cpuSeconds }) => cpuSeconds));
    const found = `${percent(mean(runs.map(({ accuracy }) => accuracy)))}, ${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
    return task.epochs === SHORT ? found : `${task.epochs} epochs: ${found}`;
  };
  const lines = presetNames.map((net) => {
    // The founding example is told elsewhere: here every net has the same recipe.
    const own = rows.filter(({ task }) => task.net === net && !task.isPlain);
    const short = own.find(({ task }) => task.epochs === SHORT);
    const long = own.find(({ task }) => task.epochs !== SHORT);
    const layers = resolveArchitecture(net, { inputShape: [1, 28, 28], classes: 10 });
    const parameters = countParameters(layers).trainable.toLocaleString('en');
    return [
      `\`${net}\``,
      layersInWords[net],
      parameters,
      ...[short, long].map((row) => (row ? cell(row) : '-')),
    ];
  });
  return table([['preset', 'layers', 'parameters', `${SHORT} epochs`, 'more'], ...lines], 2);
}

const SHORT = 20;
