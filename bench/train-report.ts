import type { TrainMeasurement } from './engines.ts';
import { median } from './machine.ts';
import { origin, table } from './results.ts';
import type { TrainTask } from './train-tasks.ts';

export interface TrainRow {
  readonly task: TrainTask;
  readonly engine: string;
  /** One for each round; the table shows the middle of each figure. */
  readonly rounds: readonly TrainMeasurement[];
}

export interface TrainFigures {
  readonly command: string;
  readonly rows: readonly TrainRow[];
  /** What was left out, and why. */
  readonly skipped: readonly string[];
  /** Seconds from POST /train to the published version, or why nobody knows. */
  readonly foundingJob: number | string;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const short = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

const middle = ({ rounds }: TrainRow, figure: 'stepMs' | 'seconds' | 'cpuSeconds' | 'accuracy') =>
  median(rounds.map((round) => round[figure]));

/** The first row of a task is Glimpse: its CPU time is the measure of the others. */
function line(row: TrainRow, index: number, rows: readonly TrainRow[]): string[] {
  const first = rows.findIndex(({ task }) => task.name === row.task.name);
  const share = middle(row, 'cpuSeconds') / middle(rows[first]!, 'cpuSeconds');
  return [
    index === first ? row.task.name : '',
    row.engine,
    short(middle(row, 'stepMs')),
    short(middle(row, 'cpuSeconds')),
    short(middle(row, 'seconds')),
    share.toFixed(2),
    percent(middle(row, 'accuracy')),
  ];
}

function describeTask({ rounds, task }: TrainRow): string {
  const { batchSize, epochs, examples, isPlain, labelSmoothing, learningRate, net } = task;
  const rest = isPlain
    ? `constant rate ${learningRate}`
    : `one-cycle to ${learningRate}, smoothing ${labelSmoothing}, augmented`;
  const times = rounds.length === 1 ? 'one round' : `middle of ${rounds.length} rounds`;
  return `- ${task.name}: net \`${net}\`, ${examples} examples, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, batch ${batchSize}, Adam, ${rest}; ${times}.`;
}

/** The section "Training" of bench/RESULTS.md. */
export function reportTraining(figures: TrainFigures): string {
  const { command, foundingJob, rows, skipped } = figures;
  const tasks = rows.filter(
    (row, index) => rows.findIndex(({ task }) => task.name === row.task.name) === index,
  );
  const head = ['', 'engine', 'CPU ms/step', 'CPU s', 'wall s', 'CPU to Glimpse', 'accuracy'];
  return [
    origin(command),
    `The same nets from the first images of MNIST's training set on every engine in turns, each in a process of its own on one compute thread. Time is that of the epochs, augmentation included, reading and measuring not; CPU is of all threads of the process (Glimpse augments on a second one). Accuracy is on training images 50000 to 59999, which nobody learnt from.`,
    tasks.map(describeTask).join('\n'),
    table([head, ...rows.map(line)]),
    'PyTorch and tf.js augment as Glimpse does (rotation, shear, zoom, shift, elastic, stroke thickness); Keras by its own layers (rotation, shift, zoom), which teach less: compare its time first.',
    typeof foundingJob === 'number'
      ? `The founding example through \`POST /train\` with nothing but defaults, from the request to the published version (process, reading, training, measuring, publishing): ${foundingJob.toFixed(2)} s.`
      : `Not measured: ${foundingJob}.`,
    ...(skipped.length > 0
      ? [`Left out:\n\n${skipped.map((reason) => `- ${reason}`).join('\n')}`]
      : []),
  ].join('\n\n');
}
