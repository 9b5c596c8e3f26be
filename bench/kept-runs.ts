import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { TrainMeasurement } from './engines.ts';
import { keepLines } from './kept-lines.ts';
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
  const code = codeOf(root);
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
  'neural',
  'runtime',
  'random.ts',
  'training/examples',
  'training/fit.ts',
  'training/measuring',
  'training/resolve-net.ts',
  'training/steps',
];

/** Of the last commit; without git every code looks the same. */
function codeOf(root: string): string {
  const words = ['rev-parse', ...decisive.map((path) => `HEAD:src/${path}`)];
  try {
    const names = execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    return createHash('sha256').update(names).digest('hex');
  } catch {
    return 'unknown';
  }
}
