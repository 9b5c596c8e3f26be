/**
 * Draws docs/pictures/lines.webp, lines of digits of our own pen with a frame around every digit that was read and below it what it
 * was taken for, and docs/pictures/doubted.webp, pictures that a model of digits should doubt, each with its answer and warnings.
 * Fonts are those that fontconfig finds.
 *
 *   npx tsx scripts/draw-readings.ts [--seed 1]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import sharp, { type OverlayOptions } from 'sharp';
import { createCancellation } from '../src/cancellation.ts';
import { openPredictor } from '../src/compose/serving.ts';
import { readConfig } from '../src/config.ts';
import { encodePng } from '../src/image/encode-png.ts';
import { createRandom, type Random } from '../src/random.ts';
import { warningNames } from '../src/serving/warnings.ts';
import { renderText, strokes, systemFaces } from './drawing/glyphs.ts';
import { sayLine, spacings, takeLine, writings } from './drawing/lines.ts';
import { inkless } from './drawing/not-digits.ts';
import { pictures } from './drawing/photographs.ts';
import { takePicture } from './drawing/scenes.ts';
import { inkStrangers, type Stranger } from './drawing/strangers.ts';

const { values: flags } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const chance = createRandom(Number(flags.seed));
const [white, gap] = ['#ffffff', 6];

/** Words as pictures. SVG is read here, so this must be done before the image room shuts the loaders of this process. */
async function word(text: string, size: number, colour: string): Promise<Buffer> {
  const [width, height] = [Math.ceil(text.length * size * 0.62) + 2, size + 4];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><text x="1" y="${size}" font-family="sans-serif" font-size="${size}" fill="${colour}">${text}</text></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
const digits = await Promise.all(
  Array.from({ length: 10 }, async (_, digit) => word(String(digit), 16, '#1450a0')),
);
const warnings = new Map<string, Buffer>();
for (const name of warningNames) warnings.set(name, await word(name, 11, '#b02020'));
const faces = systemFaces();
const inFonts: Stranger[] = [
  ['letters', 'A k H e M w R t'],
  ['words', 'total name date green water sum hand note'],
].map(([name, texts]) => {
  const left = texts!.split(' ');
  return {
    name: name!,
    async draw(random) {
      const ink = await renderText(faces[random.integer(faces.length)]!, left.shift()!);
      if (!ink) throw new Error('a font without letters');
      return ink;
    },
  };
});
/** Each kind of what is to be doubted: a row of it. */
const doubted: { readonly name: string; readonly files: readonly Buffer[] }[] = [];
async function row(name: string, draw: (random: Random, index: number) => Promise<Buffer>) {
  const [random, files] = [chance.fork(name), [] as Buffer[]];
  for (let index = 0; index < 8; index += 1) files.push(await draw(random, index));
  doubted.push({ name, files });
}
for (const stranger of [...(faces.length > 0 ? inFonts : []), ...inkStrangers]) {
  await row(stranger.name, async (random, index) =>
    takePicture(random, await stranger.draw(random), index % 4),
  );
}
for (const picture of pictures) await row(picture.name, (random) => picture.draw(random));
for (const name of ['noisy blank paper', 'gaussian noise', 'smooth gradient']) {
  const size = { width: 200, height: 200, channels: 1 } as const;
  await row(name, async (random) => encodePng(inkless[name]!(random, 200), size));
}
await row('two digits', async (random, index) => {
  const written = String(10 + random.integer(90));
  return (await takeLine(random, strokes, written, 'number', 'spaced', index % 4)).bytes;
});

const config = readConfig();
const local = await openPredictor(config, pino({ level: 'silent' }));
const asked = { model: config.GLIMPSE_DEFAULT_MODEL, topK: 1, partial: false } as const;

const tile = 84;
const cells: OverlayOptions[] = [];
for (const [at, { name, files }] of doubted.entries()) {
  const instances = files.map((bytes) => ({ kind: 'image', bytes }) as const);
  const cancellation = createCancellation();
  const { predictions } = await local.predictor.predict({ ...asked, instances, cancellation });
  let warned = 0;
  for (const [column, prediction] of predictions.entries()) {
    if ('error' in prediction) throw new Error(prediction.error.message);
    const [left, top] = [gap + column * (tile + 60), gap + at * (tile + gap)];
    const box = { width: tile, height: tile, fit: 'contain', background: white } as const;
    const picture = sharp(files[column]).toColourspace('srgb').resize(box);
    cells.push({ input: await picture.png().toBuffer(), left, top });
    cells.push({ input: digits[Number(prediction.label)]!, left: left + tile + 2, top });
    for (const [line, warning] of (prediction.warnings ?? []).entries()) {
      const below = top + 22 + 14 * line;
      cells.push({ input: warnings.get(warning)!, left: left + tile + 2, top: below });
    }
    if (prediction.warnings) warned += 1;
  }
  console.log(`${name}: ${warned} of ${files.length} are warned of`);
}
await save(cells, 8 * (tile + 60) + gap, doubted.length * (tile + gap) + gap, 'doubted');

const lines: OverlayOptions[] = [];
const kinds = [
  ...spacings.map((spacing) => ['number', spacing] as const),
  ...writings.slice(1).map((writing) => [writing, 'spaced'] as const),
];
let top = gap;
for (const [writing, spacing] of kinds) {
  const random = chance.fork(`${writing} ${spacing}`);
  let [left, deep] = [gap, 0];
  for (let level = 0; level < 4; level += 1) {
    const said = sayLine(random, writing);
    const text = writing === 'number' ? said.slice(0, 6) : said;
    const picture = await takeLine(random, strokes, text, writing, spacing, level);
    const { readings } = await local.predictor.predict({
      ...asked,
      instances: [{ kind: 'image', bytes: picture.bytes }],
      read: 'line',
      cancellation: createCancellation(),
    });
    const [reading] = readings ?? [];
    if (!reading || 'error' in reading) throw new Error('a picture was not read');
    const scale = Math.min(290 / picture.width, 110 / picture.height);
    const [width, height] = [picture.width, picture.height].map((side) => Math.round(side * scale));
    const small = sharp(picture.bytes).toColourspace('srgb').resize(width, height);
    const { data, info } = await small.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: 3 } as const;
    for (const { box, label } of reading.lines.flatMap((line) => line.digits)) {
      frame(data, info.width, info.height, box, scale);
      const middle = ((box.left + box.right) / 2) * scale;
      lines.push({
        input: digits[Number(label)]!,
        left: Math.round(left + middle - 5),
        top: top + info.height,
      });
    }
    lines.push({ input: await sharp(data, { raw }).png().toBuffer(), left, top });
    console.log(`${writing}, ${spacing}: ${text} is read as ${reading.written}`);
    left += 290 + gap;
    deep = Math.max(deep, info.height);
  }
  top += deep + 20 + gap;
}
await local.close();
await save(lines, 4 * (290 + gap) + gap, top, 'lines');

/** A thin frame around a box. */
function frame(
  data: Buffer,
  width: number,
  height: number,
  box: { left: number; top: number; right: number; bottom: number },
  scale: number,
): void {
  const [l, r] = [box.left, box.right].map((x) => Math.min(width - 1, Math.round(x * scale)));
  const [t, b] = [box.top, box.bottom].map((y) => Math.min(height - 1, Math.round(y * scale)));
  const paint = (x: number, y: number): void => {
    data.set([230, 60, 30], 3 * (y * width + x));
  };
  for (let x = l!; x <= r!; x += 1) for (const y of [t!, b!]) paint(x, y);
  for (let y = t!; y <= b!; y += 1) for (const x of [l!, r!]) paint(x, y);
}

async function save(
  parts: OverlayOptions[],
  width: number,
  height: number,
  name: string,
): Promise<void> {
  await sharp({ create: { width, height, channels: 3, background: white } })
    .composite(parts)
    .webp({ quality: 70 })
    .toFile(join(import.meta.dirname, '..', 'docs', 'pictures', `${name}.webp`));
}
