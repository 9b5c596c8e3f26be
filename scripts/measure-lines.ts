/**
 * How many lines of digits a model reads rightly: drawn lines of 2 to 8 digits, from touching to far apart, amounts, dates and
 * the boxes of forms, on four levels of difficulty. Digits are from our own pen, from MNIST where it is on this machine, and from the
 * system's fonts where fontconfig finds them. Every picture goes the way of a served one with read=line.
 *
 *   npx tsx scripts/measure-lines.ts [--model digits] [--version N] [--count 40] [--seed 1] [--only touching] [--write] [--keep FOLDER]
 *
 * --count is of pictures in a cell; --only measures one row; --write writes the table into bench/RESULTS.md; --keep puts pictures that
 * were read wrongly into a folder, NAME-is-TEXT-read-TEXT. Every row is kept in .glimpse as it is done: a run that is stopped goes on
 * after it. The repository is that of GLIMPSE_REPOSITORY.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { origin, shareOf, table, writePart } from '../bench/results.ts';
import { createCancellation } from '../src/cancellation.ts';
import { openPredictor } from '../src/compose/serving.ts';
import { readConfig } from '../src/config.ts';
import { createRandom } from '../src/random.ts';
import type { PictureBox, Reading } from '../src/serving/reading.ts';
import { fontGlyphs, mnistGlyphs, strokes, systemFaces } from './drawing/glyphs.ts';
import {
  sayLine,
  spacings,
  takeLine,
  writings,
  type LinePicture,
  type Spacing,
  type Writing,
} from './drawing/lines.ts';
import { keepRows } from './drawing/kept-rows.ts';
import { levels } from './drawing/scenes.ts';
import { countOf, unseenDigits } from './drawing/unseen-digits.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'digits' },
    version: { type: 'string' },
    count: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    write: { type: 'boolean' },
    keep: { type: 'string' },
  },
});
const count = countOf(flags.count, 'pictures');

const unseen = await unseenDigits();
const faces = systemFaces();
const sources = [
  strokes,
  ...(unseen ? [mnistGlyphs(unseen.pixels, unseen.labels)] : []),
  ...(await fontGlyphs(faces, faces.length * 10)).slice(0, 1),
];
const local = await openPredictor(readConfig(), pino({ level: 'silent' }));

/** What is measured in a row: numbers by their spacing, other writings as far apart as people write them. */
const rows: readonly (readonly [name: string, writing: Writing, spacing: Spacing])[] = [
  ...spacings.map((spacing) => [spacing, 'number', spacing] as const),
  ...writings.slice(1).map((writing) => [writing, writing, 'spaced'] as const),
];

interface Sum {
  lines: number;
  right: number;
  writtenRight: number;
  digits: number;
  digitsRight: number;
  overlap: number;
  fit: number;
}

const none = (): Sum => ({
  lines: 0,
  right: 0,
  writtenRight: 0,
  digits: 0,
  digitsRight: 0,
  overlap: 0,
  fit: 0,
});

async function read({ bytes }: LinePicture): Promise<Reading> {
  const { readings } = await local.predictor.predict({
    model: flags.model,
    selector: flags.version === undefined ? undefined : { version: Number(flags.version) },
    instances: [{ kind: 'image', bytes }],
    topK: 1,
    partial: false,
    read: 'line',
    cancellation: createCancellation(),
  });
  const [reading] = readings ?? [];
  if (!reading || 'error' in reading) throw new Error('a picture was not read');
  return reading;
}

/** Digits of the picture and of the answer in the order in which they agree best. */
function add(sum: Sum, { written, boxes }: LinePicture, reading: Reading): void {
  const digits = reading.lines.flatMap((line) => line.digits);
  const text = written.replaceAll(/\D/g, '');
  sum.lines += 1;
  sum.digits += text.length;
  if (reading.text === text) sum.right += 1;
  if (reading.written === written) sum.writtenRight += 1;
  for (const [index, box] of boxes.entries()) {
    const overlaps = digits.map((digit) => intersectionOverUnion(box, digit.box));
    const most = Math.max(0, ...overlaps);
    sum.overlap += most;
    if (most >= 0.8) sum.fit += 1;
    if (most >= 0.3 && digits[overlaps.indexOf(most)]!.label === text[index]) sum.digitsRight += 1;
  }
}

const areaOf = (box: PictureBox): number => (box.right - box.left) * (box.bottom - box.top);

function intersectionOverUnion(one: PictureBox, other: PictureBox): number {
  const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  const shared = Math.max(0, wide) * Math.max(0, high);
  return shared / (areaOf(one) + areaOf(other) - shared);
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const cells: string[][] = [];
const { model, version, seed } = flags;
const kept = keepRows<string[]>('measure-lines', { model, version, count, seed });
for (const source of sources) {
  for (const [name, writing, spacing] of rows) {
    if (flags.only !== undefined && flags.only !== name) continue;
    const key = `${name} of ${source.name}`;
    const before = flags.keep === undefined && kept.find(key);
    if (before) {
      cells.push(before);
      continue;
    }
    const all = none();
    const right: string[] = [];
    for (const level of levels.keys()) {
      const random = createRandom(Number(flags.seed)).fork(`${source.name} ${name} ${level}`);
      const sum = none();
      for (let index = 0; index < count; index += 1) {
        const text = sayLine(random, writing);
        const picture = await takeLine(random, source, text, writing, spacing, level);
        const reading = await read(picture);
        add(sum, picture, reading);
        add(all, picture, reading);
        if (flags.keep === undefined || reading.text === text.replaceAll(/\D/g, '')) continue;
        await mkdir(flags.keep, { recursive: true });
        const file = `${source.name}-${name}-L${level}-${index}-is-${text}-read-${reading.written}`;
        await writeFile(join(flags.keep, file.replaceAll(/[/\n ]/g, '_')), picture.bytes);
      }
      right.push(percent(sum.right, sum.lines));
    }
    const written = writing === 'amount' || writing === 'date';
    cells.push([
      source.name,
      name,
      ...right,
      shareOf(all.right, all.lines),
      written ? percent(all.writtenRight, all.lines) : '',
      percent(all.digitsRight, all.digits),
      (all.overlap / all.digits).toFixed(3),
      percent(all.fit, all.digits),
    ]);
    kept.add(key, cells.at(-1)!);
    console.error(`  ${cells.at(-1)!.join('  ')}`);
  }
}
await local.close();

const head = ['digits from', 'line', 'L0', 'L1', 'L2', 'L3', 'all'];
const more = ['with signs', 'digits', 'mean IoU', 'IoU >= .8'];
const text = [
  origin(
    `npx tsx scripts/measure-lines.ts --write${flags.count === '40' ? '' : ` --count ${count}`}`,
  ),
  `Whole lines whose digits are all read rightly and no other, ${count} pictures of 2 to 8 digits in each cell of a level; then of all levels, with the interval in which the share lies with 95 % confidence; with their signs, digits read rightly, and how well their boxes agree with the ink (intersection over union). The pictures are drawn; none was trained on.`,
  table([[...head, ...more], ...cells], 2),
].join('\n\n');
console.log(text);
if (flags.write) await writePart('Real scenes', 'Lines of digits', text);
