import type { TrainMeasurement } from './engines.ts';
import { codeOf, keepLines } from './kept-lines.ts';
import type { TrainTask } from './train-tasks.ts';

interface KeptRun {
  /** The code it was measured with, by the names git has for it. */
  readonly code: string;
  readonly task: TrainTask;
  readonly seed: number;
  readonly run: TrainMeasurement;
}

/** Measurements of training on disk. */
export interface KeptRuns {
  find(task: TrainTask, seed: number): TrainMeasurement | undefined;
  /** Of every seed. */
  all(task: TrainTask): TrainMeasurement[];
  add(task: TrainTask, seed: number, run: TrainMeasurement): void;
}

export function keepRuns(root: string, isFresh: boolean): KeptRuns {
  const kept = keepLines<KeptRun>(root, 'bench-accuracy', isFresh);
  const code = codeOf(root, decisive);
  const of = (task: TrainTask): KeptRun[] =>
    kept.lines.filter(
      (line) => line.code === code && JSON.stringify(line.task) === JSON.stringify(task),
    );
  return {
    find: (task, seed) => of(task).find((line) => line.seed === seed)?.run,
    all: (task) => of(task).map(({ run }) => run),
    add: (task, seed, run) => kept.add({ code, task, seed, run }),
  };
}

/** The code that decides what a run ends with; a change anywhere else keeps what was measured. */
const decisive = [
  'src/neural',
  'src/runtime',
  'src/random.ts',
  'src/training/examples',
  'src/training/fit.ts',
  'src/training/measuring',
  'src/training/resolve-net.ts',
  'src/training/steps',
];
