/**
 * npm run bench:photo: the processor time of one photo on its way to a digit in the model's frame, for the kinds of files that
 * come, without and with finding its page, beside a plain contract; for an ordinary JPEG the parts of it, with vectors and without, and the parts of finding its
 * digit; and a large JPEG as a whole or shrunk while it is decoded. Prints four tables, each figure the least of its rounds.
 *   --rounds N   how often each is measured (5)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { compileWhenStale } from '../scripts/compile.mjs';
import { openAssembly } from '../src/image/assembly/open-assembly.ts';
import { frameJpeg } from '../src/image/framing/frame-jpeg.ts';
import { canonicalise, canonicalisePage } from '../src/image/handwriting/canonicalise.ts';
import { pageBytes } from '../src/image/handwriting/digit-in-jpeg.ts';
import { plainLoops } from '../src/image/handwriting/plain-loops.ts';
import type { PlaneLoops } from '../src/image/handwriting/plane-loops.ts';
import { simdLoops } from '../src/image/handwriting/simd-loops.ts';
import { readLuma } from '../src/image/jpeg/lightness.ts';
import { readJpegHead } from '../src/image/jpeg/scan-head.ts';
import { pixelLoops } from '../src/image/resampling/simd-filter.ts';
import { createImagePreparer } from '../src/image/prepare-image.ts';
import { mnistPreprocessing } from '../src/preprocessing/contract-one.ts';
import type { Preprocessing } from '../src/preprocessing/contract.ts';
import { plainContract } from '../src/preprocessing/presets.ts';
import { stepsOf } from '../src/preprocessing/steps.ts';
import { origin, table } from './results.ts';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(flags.rounds);
compileWhenStale();

const photo = readFileSync(join(import.meta.dirname, '..', 'samples', 'photos', '7-photo.jpg'));
const enlarged = () => sharp(photo).resize(4032, 3024, { kernel: 'cubic' });
const files: readonly (readonly [string, Buffer])[] = [
  ['JPEG 640 x 480', photo],
  ['the same, progressive', await sharp(photo).jpeg({ progressive: true }).toBuffer()],
  ['the same as PNG', await sharp(photo).png().toBuffer()],
  ['JPEG 4032 x 3024', await enlarged().jpeg({ quality: 85 }).toBuffer()],
];

/** Milliseconds of processor time of one call, all threads of the process together. */
async function processorMs(work: () => unknown, times: number): Promise<number> {
  let least = Infinity;
  for (let round = 0; round <= rounds; round += 1) {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i += 1) await work();
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) least = Math.min(least, (user + system) / 1000 / times);
  }
  return least;
}

const inMs = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;

const images = createImagePreparer({
  limits: { maxBytes: 2 ** 26, maxPixels: 2 ** 25, maxFrames: 1 },
  concurrency: 2,
  queueSize: 64,
  threads: 1,
});
const finding: Preprocessing = { ...stepsOf(mnistPreprocessing), page: 'find' };
const whole: string[][] = [];
for (const [name, file] of files) {
  const times = file.length > 400_000 ? 8 : 100;
  const cells = [];
  const plain = plainContract({ width: 28, height: 28, channels: 1 });
  for (const contract of [mnistPreprocessing, finding, plain]) {
    cells.push(await processorMs(() => images.prepareWithInk(file, contract, 'NCHW'), times));
  }
  whole.push([name, ...cells.map(inMs), (cells[1]! / cells[0]!).toFixed(2)]);
}
const shrunk: string[][] = [];
for (const [width, height, times] of [
  [1600, 1200, 30],
  [2400, 1800, 15],
  [4000, 3000, 8],
] as const) {
  const file = await sharp(photo).resize(width, height, { fit: 'fill' }).jpeg().toBuffer();
  const plain = plainContract({ width: 28, height: 28, channels: 1 });
  const cells = [];
  for (const contract of [plain, { ...plain, shrinkOnLoadFrom: 2_000_000 }]) {
    const prepare = () => images.prepareWithInk(file, contract, 'NCHW');
    cells.push(inMs(await processorMs(prepare, times)));
  }
  const bySharp = () => sharp(file).greyscale().resize(28, 28, { fit: 'fill' }).raw().toBuffer();
  shrunk.push([`${width} x ${height}`, ...cells, inMs(await processorMs(bySharp, times))]);
}
await images.close();

const assembly = openAssembly();
const head = readJpegHead(photo);
if (!assembly || !head) throw new Error('this machine has no WebAssembly with SIMD');
const vectors = simdLoops(assembly);
const { data, info } = await sharp(photo).greyscale().raw().toBuffer({ resolveWithObject: true });
const page = { width: info.width, height: info.height, channels: 1 as const, data };
const readPage = () => {
  vectors.begin(pageBytes(head, photo, 'find'));
  return readLuma(assembly, photo, head)!;
};
const lightness = await processorMs(readPage, 100);
const both = await processorMs(() => canonicalisePage(readPage(), vectors, 'border'), 100);
const found = await processorMs(() => canonicalisePage(readPage(), vectors, 'find'), 100);
const plain = await processorMs(() => canonicalise(page, plainLoops, 'find'), 100);
const contract = plainContract({ width: 28, height: 28, channels: 1 });
const loops = pixelLoops(assembly);
const framed = await processorMs(() => frameJpeg(assembly, loops, photo, contract), 100);
const parts = [
  ['its head', inMs(await processorMs(() => readJpegHead(photo), 1000))],
  ['its lightness, by our decoder', inMs(lightness)],
  ['its pixels in 28 x 28, by our decoder', inMs(framed)],
  ['the digit in it', inMs(both - lightness)],
  ['its page, and the digit on it', inMs(found - lightness)],
  ['its page, and the digit on it, without vectors', inMs(plain)],
];

/** Microseconds of each loop for one photo, and how often it runs; the clock is looked at before and after each. */
function loopsOf(times: number): string[][] {
  const spent = new Map<string, { us: number; calls: number }>();
  const timed = new Proxy(vectors, {
    get(target, name: keyof PlaneLoops) {
      const loop: (...given: never[]) => unknown = target[name];
      return (...given: never[]) => {
        const from = performance.now();
        const result = loop(...given);
        const { us, calls } = spent.get(name) ?? { us: 0, calls: 0 };
        spent.set(name, { us: us + (performance.now() - from) * 1000, calls: calls + 1 });
        return result;
      };
    },
  });
  for (let i = 0; i < times; i += 1) canonicalisePage(readPage(), timed, 'find');
  return [...spent]
    .filter(([, { us }]) => us / times >= 1)
    .sort(([, one], [, other]) => other.us - one.us)
    .map(([name, { us, calls }]) => [name, String(calls / times), (us / times).toFixed(0)]);
}
loopsOf(100);

console.log(
  [
    origin('npm run bench:photo'),
    table([
      ['a photo', 'handwriting', 'its page found first', 'plain contract', 'found to not'],
      ...whole,
    ]),
    table([['of a JPEG 640 x 480', 'processor time'], ...parts]),
    table([['of the digit in it', 'times', 'microseconds'], ...loopsOf(300)]),
    table([['JPEG', 'plain contract', 'shrunk from 2,000,000 pixels', 'sharp alone'], ...shrunk]),
  ].join('\n\n'),
);
