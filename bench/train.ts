/**
 * npm run bench:train: how fast nets are trained and how well, beside tf.js, PyTorch and Keras where this
 * machine has them. Prints its table and writes its section of bench/RESULTS.md.
 *   --only dense,cnn    some of the nets: dense, cnn, cnn-large, gru
 *   --limit N           examples of the one epoch of cnn-large (50000)
 *   --rounds N          how often dense and cnn are measured (3); cnn-large and gru are once
 *   --python PATH       a Python to look for peers in, repeatable; the first that has one is taken (python3)
 *   --quick             everything small, to see whether it runs; RESULTS.md is left alone
 * tfjs-node is taken from node_modules or from a folder in NODE_PATH.
 */
import { parseArgs } from 'node:util';
import { compileModulesWhenStale } from '../scripts/compile.mjs';
import { findEngines, type Engine } from './engines.ts';
import { foundingJobSeconds } from './founding-job.ts';
import { requireMnist } from './mnist.ts';
import { writeSection } from './results.ts';
import { reportTraining, type TrainRow } from './train-report.ts';
import { founding, largeTask, recipeTask, type TrainTask } from './train-tasks.ts';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    limit: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', multiple: true, default: ['python3'] },
    quick: { type: 'boolean' },
  },
});
const mnist = requireMnist();
const rounds = flags.quick ? 1 : Number(flags.rounds);
const say = (line: string): void => console.error(`  ${line}`);
const skipped: string[] = [];
const skip = (reason: string): void => {
  skipped.push(reason);
  say(`LEFT OUT: ${reason}`);
};

const tasks = [
  founding,
  recipeTask('cnn', 20),
  largeTask(Number(flags.limit)),
  { ...recipeTask('gru', 80), isLong: true },
]
  .filter(({ net }) => flags.only === undefined || flags.only.split(',').includes(net))
  .map((task): TrainTask => (flags.quick ? { ...task, epochs: 1, examples: 300 } : task));

/** Every engine once a round, so that whatever else the machine does falls on all of them. */
function measure(task: TrainTask, engines: readonly Engine[]): TrainRow[] {
  const able = engines.filter((engine) => {
    const reason = engine.refuses(task);
    if (reason !== undefined) skip(`${task.name} on ${engine.name}: ${reason}`);
    return reason === undefined;
  });
  const rows = able.map((engine) => ({ engine, rounds: [] as TrainRow['rounds'][number][] }));
  const failed = new Set<Engine>();
  for (let round = 1; round <= (task.isLong ? 1 : rounds); round++) {
    for (const row of rows) {
      if (failed.has(row.engine)) continue;
      try {
        const found = row.engine.train(task, round);
        row.rounds.push(found);
        say(
          `${task.name} on ${row.engine.name}: ${found.stepMs.toFixed(2)} ms of CPU a step, ` +
            `${found.seconds.toFixed(1)} s, ${(found.accuracy * 100).toFixed(2)} %`,
        );
      } catch (error) {
        failed.add(row.engine);
        const reason = error instanceof Error ? error.message : String(error);
        skip(`${task.name} on ${row.engine.name}: ${reason}`);
      }
    }
  }
  return rows
    .filter(({ engine }) => !failed.has(engine))
    .map(({ engine, rounds }) => ({ task, engine: engine.name, rounds }));
}

compileModulesWhenStale();
const engines: Engine[] = [];
for (const found of findEngines(mnist, flags.python)) {
  if ('engine' in found) engines.push(found.engine);
  else skip(`${found.name}: ${found.reason}`);
}
const rows = tasks.flatMap((task) => measure(task, engines));
const foundingJob = await foundingJobSeconds(mnist, rounds).catch(
  (error: unknown) => `the founding example through POST /train (${String(error)})`,
);
const words = [
  ...(flags.limit === '50000' ? [] : [`--limit ${flags.limit}`]),
  ...(flags.only ? [`--only ${flags.only}`] : []),
];
const command = ['npm run bench:train', ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
const text = reportTraining({ command, rows, skipped, foundingJob });
console.log(text);
if (!flags.quick && flags.only === undefined) await writeSection('Training', text);
