/**
 * How many digits in drawn scenes a model reads rightly: four levels of difficulty, digits from our own pen,
 * from MNIST where it is on this machine, and from the system's fonts where fontconfig finds them. Every image
 * goes the way of a served one; beside it stands what a plain resize to the model's input would have given, and
 * what a contract that finds the page gives. Prints a table and writes it into bench/RESULTS.md.
 *
 *   npx tsx scripts/measure-scenes.ts [--model digits] [--version N] [--count 250] [--seed 1] [--quick]
 *
 * Fonts like handwriting are a source of their own where there are any; Debian has fonts-breip, -comic-neue,
 * -dancingscript, -dkg-handwriting, -ecolier-court, -femkeklaver, -humor-sans, -kaushanscript, -klee, -kristi.
 * --version is the label production or else the highest without it; --count is of scenes in a cell; --quick
 * leaves RESULTS.md alone. The repository is that of GLIMPSE_REPOSITORY. With 250 scenes some six minutes of a
 * core; every cell is told as it is done, and any end before the table is an end with an exit code other than 0.
 */
import { parseArgs } from 'node:util';
import { origin, table, writeLead } from '../bench/results.ts';
import { createRandom } from '../src/random.ts';
import { stack, unstack } from '../src/tensor.ts';
import type { Preprocessing } from '../src/preprocessing/contract.ts';
import { stepsOf } from '../src/preprocessing/steps.ts';
import { fontGlyphs, mnistGlyphs, strokes, systemFaces } from './drawing/glyphs.ts';
import { BATCH, openMeasuredVersion } from './drawing/measured-version.ts';
import { levels, takePicture } from './drawing/scenes.ts';
import { countOf, unseenDigits } from './drawing/unseen-digits.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'digits' },
    version: { type: 'string' },
    count: { type: 'string', default: '250' },
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean' },
  },
});
const count = countOf(flags.count, 'scenes');
let isComplete = false;
process.on('exit', (code) => {
  if (isComplete) return;
  console.error('measure-scenes: ended before every cell was measured');
  if (code === 0) process.exitCode = 1;
});
const say = (line: string): void => console.error(`  ${line}`);

const unseen = await unseenDigits();
const faces = systemFaces();
if (faces.length === 0) say('LEFT OUT: fonts, because fc-list finds none');
const sources = [
  strokes,
  ...(unseen ? [mnistGlyphs(unseen.pixels, unseen.labels)] : []),
  ...(await fontGlyphs(faces, Math.max(count, faces.length * 10))),
];

const { version, manifest, images, runtime, close } = await openMeasuredVersion(flags);
const { signature } = manifest;
const { layout, shape } = signature.input;

/** The ways from an image to the input of the model; the last is the one the version comes with. */
const ways: readonly (readonly [string, Preprocessing])[] = [
  ['resized', { ...manifest.preprocessing, canonicalise: 'none', polarity: 'as-is' }],
  [
    'resized, inverted by its border',
    { ...manifest.preprocessing, canonicalise: 'none', polarity: 'light-on-dark' },
  ],
  ['its page found first', { ...stepsOf(manifest.preprocessing), alpha: 'ink', page: 'find' }],
  ['as the version says', manifest.preprocessing],
];

interface Picture {
  readonly bytes: Buffer;
  readonly digit: string;
}

async function shareRight(pictures: readonly Picture[], way: Preprocessing): Promise<number> {
  let right = 0;
  for (let start = 0; start < pictures.length; start += BATCH) {
    const some = pictures.slice(start, start + BATCH);
    const rows = await Promise.all(some.map(({ bytes }) => images.prepare(bytes, way, layout)));
    const answers = unstack(await runtime.infer(stack(rows, shape)));
    answers.forEach((scores, index) => {
      const best = scores.indexOf(Math.max(...scores));
      if (signature.classes[best] === some[index]!.digit) right += 1;
    });
  }
  return right / pictures.length;
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const rows: string[][] = [];
for (const source of sources) {
  const cells = ways.map((): string[] => []);
  for (const level of levels.keys()) {
    const random = createRandom(Number(flags.seed)).fork(`${source.name} ${level}`);
    const pictures: Picture[] = [];
    for (let index = 0; index < count; index += 1) {
      const { canvas, digit } = await source.draw(random, index % 10);
      pictures.push({ bytes: await takePicture(random, canvas, level), digit: String(digit) });
    }
    for (const [index, [, way]] of ways.entries()) {
      cells[index]!.push(percent(await shareRight(pictures, way)));
    }
    say(`${source.name}, L${level}: ${cells.map((cell) => cell.at(-1)).join(' / ')}`);
  }
  for (const [index, [name]] of ways.entries()) {
    rows.push([index === 0 ? source.name : '', name, ...cells[index]!]);
  }
}
await close();

const text = [
  origin(`npx tsx scripts/measure-scenes.ts${flags.count === '250' ? '' : ` --count ${count}`}`),
  `Share of digits that ${flags.model} version ${version} (${((manifest.metrics.accuracy ?? 0) * 100).toFixed(2)} % right on ${manifest.metrics.measuredOn}) reads rightly, ${count} scenes in each cell: one that says 97 % has a standard deviation of ${(100 * Math.sqrt((0.97 * 0.03) / count)).toFixed(1)} points. No scene was trained on, and none is a photograph: they are drawn.`,
  levels.map((level) => `- ${level}`).join('\n'),
  table([['digits from', 'the way into the model', 'L0', 'L1', 'L2', 'L3'], ...rows]),
].join('\n\n');
console.log(text);
if (!flags.quick) await writeLead('Real scenes', text);
isComplete = true;
