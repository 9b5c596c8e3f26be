/**
 * Counts the warnings of a served model: false ones on digits, wanted ones on what is none.
 *
 *   npx tsx scripts/measure-warnings.ts [--count 200] [--version N] [--write]
 *
 * Asks the default model of GLIMPSE_REPOSITORY, or a version of it, as a request would, about --count images of each kind; --write
 * puts the table into bench/RESULTS.md. With 200 some four minutes of a core; what is drawn, and every row, is told as it is done, and
 * rows are kept in .glimpse: a run that is stopped goes on after them. Letters, words and digits are those of the fonts that fontconfig
 * finds, drawn into scenes of all four levels; scribbles, drawings and photographs are drawn in ways that training does not know. MNIST
 * (training images 50000..59999, of which the shipped model learnt none) is measured when its files are there; see npm run fetch-mnist.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { origin, shareOf, table, writePart } from '../bench/results.ts';
import { openPredictor } from '../src/compose/serving.ts';
import { createCancellation } from '../src/cancellation.ts';
import { readConfig } from '../src/config.ts';
import { encodePng } from '../src/image/encode-png.ts';
import { openDatasets, openImages } from '../src/compose/open.ts';
import { createRandom } from '../src/random.ts';
import { warningNames, type Warning } from '../src/serving/warnings.ts';
import type { Instance } from '../src/serving/prepare-instances.ts';
import { exampleAt } from '../src/datasets/dataset.ts';
import { fontGlyphs, systemFaces } from './drawing/glyphs.ts';
import { keepRows } from './drawing/kept-rows.ts';
import { inkless, letters, type Square } from './drawing/not-digits.ts';
import { photograph } from './drawing/paper.ts';
import { drawHand, writeDigit } from './drawing/pen.ts';
import { pictures } from './drawing/photographs.ts';
import { takePicture } from './drawing/scenes.ts';
import { fontStrangers, inkStrangers } from './drawing/strangers.ts';
import { countOf } from './drawing/unseen-digits.ts';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    version: { type: 'string' },
    write: { type: 'boolean' },
  },
});
const count = countOf(flags.count, 'images');
const version = flags.version === undefined ? undefined : Number(flags.version);
let isComplete = false;
process.on('exit', (code) => {
  if (isComplete) return;
  console.error('measure-warnings: ended before every kind was measured');
  if (code === 0) process.exitCode = 1;
});
const side = 200;
const chunk = 50;

interface Kind {
  readonly name: string;
  readonly size: number;
  readonly instance: (index: number) => Promise<Instance>;
  /** The digit that is shown, where there is one. */
  readonly digit?: (index: number) => string;
}

// SVG is read here, so this must be done before the image room shuts the loaders of this process.
const faces = systemFaces();
if (faces.length === 0) console.error('  LEFT OUT: fonts, because fc-list finds none');
const chance = createRandom(1).fork('strangers');
const inScenes: Kind[] = [];
const fonts = faces.length === 0 ? [] : await fontStrangers(faces, chance.fork('fonts'));
for (const stranger of [...fonts, ...inkStrangers]) {
  const { name } = stranger;
  const own = chance.fork(name);
  inScenes.push(
    await made(name, async (index) => takePicture(own, await stranger.draw(own), index % 4)),
  );
}
for (const picture of pictures) {
  const { name } = picture;
  const own = chance.fork(name);
  inScenes.push(await made(name, () => picture.draw(own)));
}
for (const source of await fontGlyphs(faces, faces.length * 10)) {
  const [own, digits] = [chance.fork(source.name), [] as string[]];
  const draw = async (index: number): Promise<Buffer> => {
    const { canvas, digit } = await source.draw(own, index % 10);
    digits.push(String(digit));
    return takePicture(own, canvas, index % 4);
  };
  const kind = await made(`digits of ${source.name}`, draw);
  inScenes.push({ ...kind, digit: (index) => digits[index]! });
}

/** So many images, drawn at once. */
async function made(name: string, draw: (index: number) => Promise<Buffer>): Promise<Kind> {
  const files: Buffer[] = [];
  for (let index = 0; index < count; index += 1) files.push(await draw(index));
  console.error(`  drawn: ${name}`);
  return {
    name,
    size: count,
    instance: async (index) => ({ kind: 'image', bytes: files[index]! }),
  };
}

const config = readConfig();
const images = openImages(config);
const local = await openPredictor(config, pino({ level: 'silent' }));

async function dataset(name: string, spec: object): Promise<Kind[]> {
  const options = { uploads: [], workDir: tmpdir(), maxBadRows: 0 };
  const opened = await openDatasets(config, images).open(spec, options);
  const size = opened.dataset.labels.length;
  const instance = async (index: number): Promise<Instance> => {
    const bytes = await encodePng(exampleAt(opened.dataset, index).slice(), opened.dataset.shape);
    return { kind: 'image', bytes };
  };
  const { classes, labels } = opened.dataset;
  return [{ name, size, instance, digit: (index) => classes[labels[index]!]! }];
}

function drawn(name: string, draw: Square, asPixels = false): Kind {
  const random = createRandom(1).fork(name);
  const instance = async (): Promise<Instance> => {
    if (asPixels) return { kind: 'pixels', values: draw(random, 28) };
    const size = { width: side, height: side, channels: 1 } as const;
    return { kind: 'image', bytes: await encodePng(draw(random, side), size) };
  };
  return { name, size: count, instance };
}

/** A digit as a camera sees it: light from one side, noise, sometimes ruled paper, any contrast. */
const photo: Square = (random) => {
  const digit = random.integer(10);
  const canvas = writeDigit(random, digit, drawHand(random, digit), side, side * 0.6);
  return photograph(random, canvas, {
    width: side,
    height: side,
    left: random.integer(41) - 20,
    top: random.integer(41) - 20,
    paper: 200 + random.integer(50),
    ink: 30 + random.integer(120),
    shade: random.next() * 0.5,
    noise: random.next() * 10,
    ruling: random.integer(3) === 0 ? 40 : 0,
  });
};

async function row({ name, size, instance, digit }: Kind): Promise<string[]> {
  const warned = Object.fromEntries(warningNames.map((name) => [name, 0])) as Record<
    Warning,
    number
  >;
  let any = 0;
  const mistakes = { all: 0, warned: 0 };
  for (let start = 0; start < size; start += chunk) {
    const indices = Array.from({ length: Math.min(chunk, size - start) }, (_, i) => start + i);
    const { predictions } = await local.predictor.predict({
      model: config.GLIMPSE_DEFAULT_MODEL,
      ...(version !== undefined && { selector: { version } }),
      instances: await Promise.all(indices.map(instance)),
      topK: 1,
      partial: false,
      cancellation: createCancellation(),
    });
    for (const [at, each] of predictions.entries()) {
      if ('error' in each) throw new Error(each.error.message);
      if (digit && each.label !== digit(indices[at]!)) {
        mistakes.all += 1;
        if (each.warnings) mistakes.warned += 1;
      }
      for (const warning of each.warnings ?? []) warned[warning] += 1;
      if (each.warnings) any += 1;
    }
  }
  const counts = [name, size, ...Object.values(warned), any].map(String);
  return [...counts, shareOf(any, size), digit ? `${mistakes.warned} of ${mistakes.all}` : '-'];
}

const mnist = await dataset('MNIST 50000..59999', {
  uri: 'mnist:',
  offset: 50_000,
  limit: 10_000,
}).catch(() => []);
const kinds: Kind[] = [
  ...mnist,
  ...(await dataset('samples/digits, test', { uri: 'sample:test' })),
  drawn('drawn digits on paper', photo),
  ...Object.entries(inkless).flatMap(([name, draw]) => [
    drawn(name, draw),
    drawn(`${name}, 28x28 JSON`, draw, true),
  ]),
  drawn('letters on paper', letters),
  ...inScenes,
];
const rows: string[][] = [];
const kept = keepRows<string[]>('measure-warnings', { version, count });
for (const kind of kinds) {
  const before = kept.find(kind.name);
  rows.push(before ?? (await row(kind)));
  if (!before) kept.add(kind.name, rows.at(-1)!);
  console.error(`  ${rows.at(-1)!.join('  ')}`);
}
await local.close();
await images.close();

const text = [
  origin(
    `npx tsx scripts/measure-warnings.ts --write${flags.count === '200' ? '' : ` --count ${count}`}`,
  ),
  'How many images have each warning, and any; of digits also how many of the mistakes have one. Letters, words and digits are of fonts, in scenes of four levels; look-alikes are letters that a reader could not tell from digits.',
  table([['images', 'count', ...warningNames, 'any', 'share', 'mistakes warned'], ...rows]),
].join('\n\n');
console.log(text);
if (flags.write) await writePart('Real scenes', 'Warnings', text);
isComplete = true;
