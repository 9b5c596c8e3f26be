/**
 * Counts the warnings of a served model: false ones on digits, wanted ones on what is none.
 *
 *   npx tsx scripts/measure-warnings.ts [images of each kind, default 300]
 *
 * Asks the default model of GLIMPSE_REPOSITORY as a request would. MNIST (training images 50000..59999, of
 * which the shipped model learnt none) is measured when its files are there; see npm run fetch-mnist.
 */
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { openPredictor } from '../src/compose/serving.ts';
import { createCancellation } from '../src/cancellation.ts';
import { readConfig } from '../src/config.ts';
import { table } from '../src/cli/table.ts';
import { encodePng } from '../src/image/encode-png.ts';
import { openDatasets, openImages } from '../src/compose/open.ts';
import { createRandom } from '../src/random.ts';
import type { Instance } from '../src/serving/prepare-instances.ts';
import { exampleAt } from '../src/datasets/dataset.ts';
import { inkless, letters, type Square } from './drawing/not-digits.ts';
import { photograph } from './drawing/paper.ts';
import { drawHand, writeDigit } from './drawing/pen.ts';

const count = Number(process.argv[2] ?? 300);
const side = 200;
const chunk = 50;

interface Kind {
  readonly name: string;
  readonly size: number;
  readonly instance: (index: number) => Promise<Instance>;
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
  return [{ name, size, instance }];
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

async function row({ name, size, instance }: Kind): Promise<string[]> {
  const warned = { damaged: 0, blank: 0, no_ink: 0, uncertain: 0 };
  let any = 0;
  for (let start = 0; start < size; start += chunk) {
    const indices = Array.from({ length: Math.min(chunk, size - start) }, (_, i) => start + i);
    const { predictions } = await local.predictor.predict({
      model: config.GLIMPSE_DEFAULT_MODEL,
      instances: await Promise.all(indices.map(instance)),
      topK: 1,
      partial: false,
      cancellation: createCancellation(),
    });
    for (const each of predictions) {
      if ('error' in each) throw new Error(each.error.message);
      for (const warning of each.warnings ?? []) warned[warning] += 1;
      if (each.warnings) any += 1;
    }
  }
  const share = (part: number): string => ((100 * part) / size).toFixed(2);
  return [name, size, ...Object.values(warned), any].map(String).concat(`${share(any)}%`);
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
];
const rows: string[][] = [];
for (const kind of kinds) rows.push(await row(kind));
console.log(
  table(['images', 'count', 'damaged', 'blank', 'no_ink', 'uncertain', 'warned', 'share'], rows),
);
await local.close();
await images.close();
