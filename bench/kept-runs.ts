import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TrainMeasurement } from './engines.ts';
import type { TrainTask } from './train-tasks.ts';

interface KeptRun {
  /** The code it was measured with, by the names git has for it. */
  readonly code: string;
  readonly task: TrainTask;
  readonly seed: number;
  readonly run: TrainMeasurement;
}

/** Measurements on disk, one line each, so that a long series survives its process. */
export interface KeptRuns {
  find(task: TrainTask, seed: number): TrainMeasurement | undefined;
  /** Of every seed. */
  all(task: TrainTask): TrainMeasurement[];
  add(task: TrainTask, seed: number, run: TrainMeasurement): void;
}

export function keepRuns(root: string, isFresh: boolean): KeptRuns {
  const file = join(root, '.glimpse', 'bench-accuracy.ndjson');
  if (isFresh) rmSync(file, { force: true });
  const code = codeOf(root);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const runs = lines
    .filter(Boolean)
    .map((line) => JSON.parse(line) as KeptRun)
    .filter((kept) => kept.code === code);
  const of = (task: TrainTask): KeptRun[] =>
    runs.filter((kept) => JSON.stringify(kept.task) === JSON.stringify(task));
  return {
    find: (task, seed) => of(task).find((kept) => kept.seed === seed)?.run,
    all: (task) => of(task).map(({ run }) => run),
    add(task, seed, run) {
      const kept: KeptRun = { code, task, seed, run };
      runs.push(kept);
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, `${JSON.stringify(kept)}\n`);
    },
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
