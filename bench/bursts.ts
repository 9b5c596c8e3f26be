/**
 * npm run bench:bursts: what a classifier of bursts (12 scenes, 12 frames of each) is said to do when frames are set
 * aside one by one, and when all frames of a scene go together, beside what it does on scenes that nobody has seen.
 * Prints its table, and writes it into bench/RESULTS.md and docs/training.md.
 *   --seeds N   seeds 1..N (5)
 *   --quick     no file is written
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBurst, type BurstFigures, type BurstPlan } from './burst-run.ts';
import { origin, table, writeBlock, writePart } from './results.ts';

const { values: flags } = parseArgs({
  options: { seeds: { type: 'string', default: '5' }, quick: { type: 'boolean' } },
});
const plan: BurstPlan = {
  architecture: 'cnn-tiny',
  epochs: 20,
  scenesOfClass: 4,
  frames: 12,
  unseenOfClass: 100,
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

async function row(name: string, isGrouped: boolean): Promise<string[]> {
  const runs: BurstFigures[] = [];
  for (let seed = 1; seed <= Number(flags.seeds); seed += 1) {
    runs.push(await measureBurst(seed, plan, isGrouped));
    const { reported, unseen } = runs.at(-1)!;
    console.error(
      `  ${name}, seed ${seed}: ${percent(reported)}, and ${percent(unseen)} of new scenes`,
    );
  }
  const inside = runs.filter(
    ({ interval: [low, high], unseen }) => unseen >= low && unseen <= high,
  );
  return [
    name,
    percent(mean(runs.map(({ reported }) => reported))),
    percent(mean(runs.map(({ unseen }) => unseen))),
    `${inside.length} of ${runs.length}`,
  ];
}

const found = table([
  ['set aside', 'reported', 'on new scenes', 'within its interval'],
  await row('frame by frame', false),
  await row('what shows the same stays together', true),
]);
const text = [
  origin('npm run bench:bursts'),
  `\`${plan.architecture}\` on bursts of 12 drawn scenes in three classes, ${plan.frames} frames of each, 24x24 pixels; means over ${flags.seeds} seeds. New scenes: ${3 * plan.unseenOfClass}, one frame of each. The last column counts the runs whose accuracy on new scenes lies within the 95 % interval that was reported.`,
  found,
].join('\n\n');
console.log(text);
if (!flags.quick) {
  await writePart('Accuracy', 'Bursts', text);
  await writeBlock(join(import.meta.dirname, '..', 'docs', 'training.md'), 'bursts', found);
}
