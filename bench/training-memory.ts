/**
 * npm run bench:training-memory: the peak memory of trainings beside what is expected of them before they begin
 * (src/training/memory/), by which what cannot fit is refused. Each net learns from noise in a process of its own, for two
 * epochs; the table goes into bench/RESULTS.md.
 *   --only TEXT  the nets whose name contains this
 *   --quick      no file is written
 */
import { parseArgs } from 'node:util';
import { compileModulesWhenStale } from '../scripts/compile.mjs';
import { memoryTasks, trainForMemory } from './training-memory-tasks.ts';
import { origin, table, writeSection } from './results.ts';

const { values: flags } = parseArgs({
  options: { only: { type: 'string', default: '' }, quick: { type: 'boolean' } },
});
const MB = (bytes: number): string => (bytes / 1e6).toFixed(0);

compileModulesWhenStale();
const rows: string[][] = [];
for (const [name, task] of Object.entries(memoryTasks)) {
  if (!name.includes(flags.only)) continue;
  const { peakBytes, expectedBytes } = await trainForMemory(task);
  rows.push([name, MB(peakBytes), MB(expectedBytes), (expectedBytes / peakBytes).toFixed(2)]);
  console.error(`  ${rows.at(-1)!.join('  ')}`);
}

const body = [
  origin(['npm run bench:training-memory', ...process.argv.slice(2)].join(' ')),
  'Peak resident memory of a process that trains for two epochs (VmHWM), and what is expected of it beforehand. What is expected to take more than its limit by 15 % is refused (`GLIMPSE_TRAINING_TOO_LARGE`).',
  table([['net, images, batch', 'MB held', 'MB expected', 'to what was held'], ...rows]),
].join('\n\n');
console.log(body);
if (!flags.quick) await writeSection('Memory of training', body);
