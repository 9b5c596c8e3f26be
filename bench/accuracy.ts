/**
 * npm run bench:accuracy: how right every preset is after learning from the first 1000 images of MNIST. Prints
 * its table, writes its section of bench/RESULTS.md and the table of presets in docs/training.md. About 15
 * minutes of a core in all; each run is kept in .glimpse/bench-accuracy.ndjson as it ends, so a broken or
 * partial measurement goes on where it stopped, as long as the code of training is the same.
 *   --only cnn,gru    some of the nets; the table shows these and all that was kept
 *   --seeds N         seeds 1..N for every net (3 for cnn, 1 for the others)
 *   --fresh           forgets what was kept
 *   --quick           no file is written
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileModulesWhenStale } from '../scripts/compile.mjs';
import { presetNames } from '../src/neural/presets.ts';
import { accuracyTasks, presetTable, reportAccuracy } from './accuracy-report.ts';
import { glimpse } from './engines.ts';
import { keepRuns } from './kept-runs.ts';
import { requireMnist } from './mnist.ts';
import { writeBlock, writeSection } from './results.ts';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: presetNames.join(',') },
    seeds: { type: 'string' },
    fresh: { type: 'boolean' },
    quick: { type: 'boolean' },
  },
});
const only = new Set(flags.only.split(','));
const unknown = [...only].filter((name) => !presetNames.some((preset) => preset === name));
if (unknown.length > 0) {
  console.error(`--only takes ${presetNames.join(', ')}; not ${unknown.join(', ')}`);
  process.exit(2);
}
const engine = glimpse(requireMnist());
compileModulesWhenStale();
const kept = keepRuns(root, flags.fresh ?? false);

const measured = accuracyTasks.map(({ task, seeds }) => {
  const wanted = only.has(task.net) ? Number(flags.seeds ?? seeds) : 0;
  for (let seed = 1; seed <= wanted; seed += 1) {
    const known = kept.find(task, seed);
    const run = known ?? engine.train(task, seed);
    if (!known) kept.add(task, seed, run);
    console.error(
      `  ${task.name}, seed ${seed}: ${(run.accuracy * 100).toFixed(2)} %, ` +
        `${run.cpuSeconds.toFixed(1)} s of CPU${known ? ' (kept)' : ''}`,
    );
  }
  return { task, runs: kept.all(task) };
});
const rows = measured.filter(({ runs }) => runs.length > 0);
const text = reportAccuracy(rows);
console.log(text);
if (!flags.quick) {
  await writeSection('Accuracy', text);
  await writeBlock(join(root, 'docs', 'training.md'), 'presets', presetTable(rows));
}
