/**
 * npm run bench:transfer: a head on top of the backbone that comes with the program beside a cnn from nothing, both with their
 * recipes, on small sets of solids under a lamp (scripts/drawing/solids.ts): five classes, 96x96 pixels in colour. Each seed draws
 * its own images, and others to measure on. Every run is kept in .glimpse/bench-transfer.ndjson as it ends.
 *   --seeds N   seeds 1..N (3)
 *   --counts L  images of each class, with commas (10,40)
 *   --fresh     forgets what was kept
 *   --quick     no file is written
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawSolid, solidKinds, SOLID_SIDE } from '../scripts/drawing/solids.ts';
import { acceptHere, trainHere } from '../src/cli/train/run-here.ts';
import { readConfig } from '../src/config.ts';
import { encodePng } from '../src/image/encode-png.ts';
import { createRandom } from '../src/random.ts';
import { keepLines } from './kept-lines.ts';
import { origin, table, writePart } from './results.ts';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    counts: { type: 'string', default: '10,40' },
    fresh: { type: 'boolean' },
    quick: { type: 'boolean' },
  },
});
const MEASURED_OF_CLASS = 40;
const colour = (side: number) => ({ width: side, height: side, channels: 3 }) as const;

/** What is compared, by what the table calls it. */
const nets = {
  'cnn, 64x64': { architecture: 'cnn', dataset: { shape: colour(64) } },
  'cnn-wide, 96x96': { architecture: 'cnn-wide', dataset: { shape: colour(SOLID_SIDE) } },
  transfer: { architecture: 'transfer', dataset: {} },
} as const;

interface Run {
  readonly net: string;
  readonly count: number;
  readonly seed: number;
  readonly accuracy: number;
  readonly seconds: number;
}
const kept = keepLines<Run>(root, 'bench-transfer', flags.fresh);

async function drawSet(folder: string, count: number, seed: number): Promise<void> {
  const random = createRandom(seed);
  for (const kind of solidKinds) {
    await mkdir(join(folder, kind), { recursive: true });
    for (let number = 0; number < count; number += 1) {
      const png = await encodePng(
        drawSolid(kind, random.fork(`${kind} ${number}`)),
        colour(SOLID_SIDE),
      );
      await writeFile(join(folder, kind, `${String(number).padStart(3, '0')}.png`), png);
    }
  }
}

/** The nets that are not known yet, on the images of one seed. */
async function runSeed(count: number, seed: number): Promise<void> {
  const open = Object.entries(nets).filter(
    ([net]) =>
      !kept.lines.some((run) => run.net === net && run.count === count && run.seed === seed),
  );
  if (open.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-transfer-'));
  try {
    const [learnt, measured] = [join(folder, 'learnt'), join(folder, 'measured')];
    await drawSet(learnt, count, seed);
    await drawSet(measured, MEASURED_OF_CLASS, 1000 + seed);
    const settings = { GLIMPSE_REPOSITORY: join(folder, 'models'), GLIMPSE_DATA_DIR: folder };
    const config = readConfig(settings);
    for (const [net, { architecture, dataset }] of open) {
      const { request } = await acceptHere(config, {
        model: 'solids',
        architecture,
        seed,
        publish: { promote: 'never' },
        dataset: { uri: learnt, group: 'none', ...dataset },
        evaluation: { uri: measured },
      });
      const begun = process.cpuUsage();
      const { metrics } = await trainHere(config, request, { report: () => {}, onKept: () => {} });
      const { user, system } = process.cpuUsage(begun);
      const run = { net, count, seed, accuracy: metrics.accuracy!, seconds: (user + system) / 1e6 };
      kept.add(run);
      console.error(
        `  ${net}, ${count} of a class, seed ${seed}: ${percent(run.accuracy)}, ${run.seconds.toFixed(0)} s`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const counts = flags.counts.split(',').map(Number);
for (const count of counts) {
  for (let seed = 1; seed <= Number(flags.seeds); seed += 1) await runSeed(count, seed);
}
const rows = counts.flatMap((count) =>
  Object.keys(nets).flatMap((net) => {
    const runs = kept.lines.filter(
      (run) => run.net === net && run.count === count && run.seed <= Number(flags.seeds),
    );
    const accuracies = runs.map(({ accuracy }) => accuracy);
    const seconds = mean(runs.map((run) => run.seconds)).toFixed(0);
    const [least, most] = [Math.min(...accuracies), Math.max(...accuracies)].map(percent);
    return [[String(count), net, percent(mean(accuracies)), `${least} to ${most}`, seconds]];
  }),
);
const found = table([
  ['images of a class', 'net', 'mean accuracy', 'of seeds', 'processor s'],
  ...rows,
]);
const text = [
  origin('npm run bench:transfer'),
  `Five classes of drawn solids, each turned, lit and coloured anew; 96x96 pixels. Means over ${flags.seeds} seeds, each with images of its own, measured on ${(5 * MEASURED_OF_CLASS) / 2} or more others. The time is that of the whole run: reading, learning, measuring and publishing.`,
  found,
].join('\n\n');
console.log(text);
if (!flags.quick) await writePart('Accuracy', 'On top of a backbone', text);
