/**
 * How a model reads pictures in which the page has to be found first: borders, frames, cards on tables, shadows, folds, tight
 * crops, transparent images, small digits. Every image goes the way of a served one. For each case: how many are read rightly,
 * how many are read wrongly without a warning, and how many are warned of. Prints a table.
 *
 *   npx tsx scripts/measure-pages.ts [--model digits] [--version N] [--count 200] [--seed 1] [--page find]
 *     [--only "card"] [--sheet FILE] [--write]
 *
 * Digits are those of our own pen, of MNIST where it is on this machine, and of the system's fonts, a third each; what was
 * tuned was tuned with seeds below 100. --page reads them as another contract would; --only takes the cases whose name has that;
 * --sheet draws what was read wrongly into a PNG; --write puts the table into bench/RESULTS.md. Every case is kept in .glimpse as it is
 * done: a run that is stopped goes on after it.
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { origin, shareOf, table, writePart } from '../bench/results.ts';
import { createRandom } from '../src/random.ts';
import { warningsOf } from '../src/serving/warnings.ts';
import { stack, unstack } from '../src/tensor.ts';
import { stepsOf, type PageRule } from '../src/preprocessing/steps.ts';
import type { Preprocessing } from '../src/preprocessing/contract.ts';
import { fontGlyphs, mnistGlyphs, strokes, systemFaces } from './drawing/glyphs.ts';
import { BATCH, openMeasuredVersion } from './drawing/measured-version.ts';
import { keepRows } from './drawing/kept-rows.ts';
import { pageCases, type PageCase } from './drawing/pages/cases.ts';
import { countOf, unseenDigits } from './drawing/unseen-digits.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'digits' },
    version: { type: 'string' },
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '101' },
    page: { type: 'string' },
    only: { type: 'string', default: '' },
    sheet: { type: 'string' },
    write: { type: 'boolean' },
  },
});
/** What --page may say. */
function pageRule(word: string): PageRule {
  if (word === 'find' || word === 'border') return word;
  console.error('--page takes find or border');
  return process.exit(2);
}

const count = countOf(flags.count, 'pictures');

const unseen = await unseenDigits();
const mnistSource = unseen && mnistGlyphs(unseen.pixels, unseen.labels);
const fonts = await fontGlyphs(systemFaces(), 400);
const sources = [strokes, ...(mnistSource ? [mnistSource] : []), ...fonts];

const { version, manifest, images, runtime, close } = await openMeasuredVersion(flags);
const { signature, gate } = manifest;
const { layout, shape } = signature.input;
const contract: Preprocessing =
  flags.page === undefined
    ? manifest.preprocessing
    : { ...stepsOf(manifest.preprocessing), alpha: 'ink', page: pageRule(flags.page) };

interface Picture {
  readonly bytes: Buffer;
  readonly digit: string;
  readonly source: string;
}

/** One picture after the other from each source in turn. */
async function draw({ name, of, draw: drawCase }: PageCase): Promise<Picture[]> {
  const random = createRandom(Number(flags.seed)).fork(name);
  const pictures: Picture[] = [];
  const from = of === 'MNIST' ? (mnistSource ? [mnistSource] : []) : sources;
  for (let index = 0; from.length > 0 && index < count; index += 1) {
    const source = from[index % from.length]!;
    const glyph = await source.draw(random, Math.floor(index / from.length) % 10);
    const bytes = await drawCase(random, glyph.canvas);
    pictures.push({ bytes, digit: String(glyph.digit), source: source.name });
  }
  return pictures;
}

interface Reading extends Picture {
  readonly label: string;
  readonly isWarned: boolean;
  readonly seen: Float32Array;
}

async function read(pictures: readonly Picture[]): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (let start = 0; start < pictures.length; start += BATCH) {
    const some = pictures.slice(start, start + BATCH);
    const prepared = await Promise.all(
      some.map(async ({ bytes }) => images.prepareWithInk(bytes, contract, layout)),
    );
    const examples = prepared.map(({ example }) => example);
    const answers = unstack(await runtime.infer(stack(examples, shape)));
    for (const [index, scores] of answers.entries()) {
      const highest = Math.max(...scores);
      const best = scores.indexOf(highest);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      const warnings = warningsOf(prepared[index]!, 1 / total, gate);
      const label = signature.classes[best]!;
      const isWarned = warnings.length > 0;
      readings.push({ ...some[index]!, label, isWarned, seen: examples[index]! });
    }
  }
  return readings;
}

/** What was read wrongly, and beside it what the model saw. */
async function drawSheet(readings: readonly Reading[], file: string): Promise<void> {
  const [tile, across] = [150, 10];
  const wrong = readings.filter(({ label, digit }) => label !== digit).slice(0, 60);
  const tiles = await Promise.all(
    wrong.map(async ({ bytes, seen }, index) => {
      const left = (index % (across / 2)) * 2 * (tile + 4);
      const top = Math.floor((index * 2) / across) * (tile + 4);
      const size = { width: tile, height: tile, fit: 'contain', kernel: 'nearest' } as const;
      const picture = sharp(bytes).resize({ ...size, background: '#a0f' });
      const pixels = Buffer.from(seen.map((value) => value * 255));
      const input = sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } }).resize(size);
      return [
        { input: await picture.flatten({ background: '#8ac' }).png().toBuffer(), left, top },
        { input: await input.png().toBuffer(), left: left + tile, top },
      ];
    }),
  );
  const height = Math.max(1, Math.ceil((wrong.length * 2) / across)) * (tile + 4);
  const width = across * (tile + 4);
  await sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite(tiles.flat())
    .png()
    .toFile(file);
}

const percent = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;
const rows: string[][] = [];
const wrongOnes: Reading[] = [];
const { model, seed } = flags;
const kept = keepRows<string[]>('measure-pages', { model, version, page: flags.page, count, seed });
for (const pageCase of pageCases) {
  if (!pageCase.name.includes(flags.only)) continue;
  const before = flags.sheet === undefined && kept.find(pageCase.name);
  if (before) {
    rows.push(before);
    continue;
  }
  const readings = await read(await draw(pageCase));
  if (readings.length === 0) continue;
  const isRight = ({ label, digit }: Reading): boolean => label === digit;
  const wrong = readings.filter((reading) => !isRight(reading));
  wrongOnes.push(...wrong);
  const silent = wrong.filter(({ isWarned }) => !isWarned);
  const warned = readings.filter(({ isWarned }) => isWarned);
  const written = readings.filter(({ source }) => !fonts.some(({ name }) => name === source));
  rows.push([
    pageCase.name,
    shareOf(readings.length - wrong.length, readings.length),
    shareOf(silent.length, readings.length),
    percent(warned.length, readings.length),
    percent(written.filter(isRight).length, written.length),
  ]);
  kept.add(pageCase.name, rows.at(-1)!);
  console.error(`  ${rows.at(-1)!.join('  ')}`);
}
await close();
if (flags.sheet !== undefined) await drawSheet(wrongOnes, flags.sheet);

const head = ['pictures', 'right', 'wrong without a warning', 'warned', 'right, without fonts'];
const text = [
  origin(
    `npx tsx scripts/measure-pages.ts --write --count ${count} --seed ${flags.seed}${flags.page === undefined ? '' : ` --page ${flags.page}`}`,
  ),
  `How ${flags.model} version ${version} reads pictures${flags.page === undefined ? ' as it says' : `, by page: ${flags.page}`}: ${count} of each kind, drawn; in brackets the interval in which a share lies with 95 % confidence. Digits are from ${sources.map(({ name }) => name).join(', ')}.`,
  table([head, ...rows]),
].join('\n\n');
console.log(text);
if (flags.write) {
  const by = flags.page === 'find' ? 'Pages that are found first' : 'Pages';
  await writePart('Real scenes', by, text);
}
