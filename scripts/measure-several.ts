/**
 * How many pictures have the warning `several`: false ones with one digit, wanted ones with two. Every image goes the way of a served one.
 *
 *   npx tsx scripts/measure-several.ts [--model digits] [--version N] [--count 100] [--seed 101] [--page find] [--write]
 *
 * Digits are those of our own pen, of MNIST (training images 50000..59999) where it is on this machine, and of the system's fonts: one
 * alone in drawn scenes of four levels and on the pages that have to be found first, and two beside each other from touching to far
 * apart. MNIST's own images, 28x28 as PNG, are asked about, too, as they are and enlarged. --count is of pictures in each row, and ten times
 * that of MNIST's images; --page reads them as another contract would; --write puts the table into bench/RESULTS.md. Every row is kept in
 * .glimpse as it is done: a run that is stopped goes on after it.
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { origin, shareOf, table, writePart } from '../bench/results.ts';
import { encodePng } from '../src/image/encode-png.ts';
import type { Preprocessing } from '../src/preprocessing/contract.ts';
import { stepsOf } from '../src/preprocessing/steps.ts';
import { createRandom, type Random } from '../src/random.ts';
import { warningsOf } from '../src/serving/warnings.ts';
import { fontGlyphs, mnistGlyphs, strokes, systemFaces } from './drawing/glyphs.ts';
import { spacings, takeLine } from './drawing/lines.ts';
import { keepRows } from './drawing/kept-rows.ts';
import { BATCH, openMeasuredVersion } from './drawing/measured-version.ts';
import { pageCases } from './drawing/pages/cases.ts';
import { levels, takePicture } from './drawing/scenes.ts';
import { countOf, unseenDigits } from './drawing/unseen-digits.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'digits' },
    version: { type: 'string' },
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '101' },
    page: { type: 'string' },
    write: { type: 'boolean' },
  },
});
const count = countOf(flags.count, 'pictures');
const { page } = flags;
if (page && page !== 'find' && page !== 'border') {
  console.error('--page takes find or border');
  process.exit(2);
}

const unseen = await unseenDigits();
const faces = systemFaces();
const sources = [
  strokes,
  ...(unseen ? [mnistGlyphs(unseen.pixels, unseen.labels)] : []),
  ...(await fontGlyphs(faces, faces.length * 10)),
];
const { version, manifest, images, close } = await openMeasuredVersion(flags);
const { layout } = manifest.signature.input;
const contract: Preprocessing =
  page === 'find' || page === 'border'
    ? { ...stepsOf(manifest.preprocessing), page }
    : manifest.preprocessing;

interface Row {
  readonly name: string;
  readonly count: number;
  readonly draw: (random: Random, index: number) => Promise<Buffer>;
}

/** Images of MNIST of another side, as PNG. */
function mnistRow({ pixels }: { pixels: Uint8Array }, side: number): Row {
  return {
    name: `one: MNIST, ${side}x${side}`,
    count: Math.min(10_000, 10 * count),
    draw: async (_, index) => {
      const one = pixels.slice(index * 784, (index + 1) * 784);
      const png = await encodePng(one, { width: 28, height: 28, channels: 1 });
      return side === 28
        ? png
        : sharp(png).resize(side, side, { kernel: 'cubic' }).png().toBuffer();
    },
  };
}

const rows: Row[] = [
  ...(unseen ? [mnistRow(unseen, 28), mnistRow(unseen, 224)] : []),
  ...levels.map((level, at): Row => ({
    name: `one: scenes of ${level.slice(0, 2)}`,
    count: count * sources.length,
    draw: async (random, index) => {
      const source = sources[index % sources.length]!;
      const digit = Math.floor(index / sources.length) % 10;
      return takePicture(random, (await source.draw(random, digit)).canvas, at);
    },
  })),
  ...pageCases.map((each): Row => ({
    name: `one: ${each.name}`,
    count,
    draw: async (random, index) => {
      const source = sources[index % sources.length]!;
      return each.draw(random, (await source.draw(random, random.integer(10))).canvas);
    },
  })),
  ...spacings.map((spacing): Row => ({
    name: `two: ${spacing}`,
    count: count * sources.length,
    draw: async (random, index) => {
      const source = sources[index % sources.length]!;
      const written = String(random.integer(100)).padStart(2, '0');
      const level = Math.floor(index / sources.length) % levels.length;
      return (await takeLine(random, source, written, 'number', spacing, level)).bytes;
    },
  })),
];

async function warned(bytes: Buffer): Promise<boolean> {
  const prepared = await images.prepareWithInk(bytes, contract, layout);
  return warningsOf(prepared, 1, manifest.gate).includes('several');
}

const cells: string[][] = [];
const { model, seed } = flags;
const kept = keepRows<string[]>('measure-several', { model, version, page, count, seed });
for (const row of rows) {
  const before = kept.find(row.name);
  if (before) {
    cells.push(before);
    continue;
  }
  const random = createRandom(Number(flags.seed)).fork(row.name);
  let several = 0;
  for (let start = 0; start < row.count; start += BATCH) {
    const files: Buffer[] = [];
    for (let index = start; index < Math.min(row.count, start + BATCH); index += 1) {
      files.push(await row.draw(random, index));
    }
    several += (await Promise.all(files.map(warned))).filter(Boolean).length;
  }
  cells.push([row.name, String(row.count), shareOf(several, row.count)]);
  kept.add(row.name, cells.at(-1)!);
  console.error(`  ${cells.at(-1)!.join('  ')}`);
}
await close();

const asked = [flags.count === '100' ? '' : ` --count ${count}`, page ? ` --page ${page}` : ''];
const text = [
  origin(`npx tsx scripts/measure-several.ts --write${asked.join('')}`),
  `Pictures that have the warning \`several\` when ${flags.model} version ${version} is asked${page ? `, with \`"page": "${page}"\`` : ''}. In the rows of two digits, spaced ones are 0.1 to 0.35 of their height apart where they are closest, wide ones 0.5 to 1.6. In brackets the interval in which a share lies with 95 % confidence.`,
  table([['what is shown', 'pictures', 'several'], ...cells], 1),
].join('\n\n');
console.log(text);
if (flags.write) {
  const of = page === 'find' ? 'Several digits on pages that are found first' : 'Several digits';
  await writePart('Real scenes', of, text);
}
