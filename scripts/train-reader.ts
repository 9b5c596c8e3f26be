/**
 * Trains the two small nets that part digits which touch. First the one that says how likely a line is to be parted at a place, then,
 * of what lies between likely ones, the one that says which is one whole digit:
 *
 *   npx tsx scripts/train-reader.ts --net partings [--lines 2250]
 *   npx tsx scripts/train-reader.ts --net digits [--lines 5250] [--seed 9001] [--epochs 6]
 *
 * They are written into src/image/reading/parting-net-weights.ts and src/image/handwriting/digit-net-weights.ts.
 *
 * Lines are drawn with our own pen, with MNIST's training images 0..49999 and with the system's fonts, and taken apart as they would be
 * when they are read. Beside them 20,000 images of MNIST as they are, for the net of digits. Needs MNIST (npm run fetch-mnist); some ten
 * minutes of a core for the net of partings, and some twenty-five for that of digits.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readMnist, requireMnist } from '../bench/mnist.ts';
import { inContext } from '../src/image/handwriting/digit-net.ts';
import { createRandom } from '../src/random.ts';
import { fontGlyphs, mnistGlyphs, strokes, systemFaces } from './drawing/glyphs.ts';
import { drawLine } from './reader/draw-lines.ts';
import { labelledCandidates, labelledPartings, type LabelledFrame } from './reader/label-line.ts';
import { trainNet } from './reader/train-net.ts';

const { values: flags } = parseArgs({
  options: {
    net: { type: 'string' },
    lines: { type: 'string' },
    seed: { type: 'string', default: '9001' },
    epochs: { type: 'string', default: '6' },
  },
});
if (flags.net !== 'partings' && flags.net !== 'digits') {
  console.error('--net takes partings or digits');
  process.exit(2);
}
/** Every place of a line is shown to the one, and only what lies between likely places to the other. */
const partings = { name: 'partingNetWeights', classes: 2, widths: [8, 16, 48] } as const;
const digits = { name: 'digitNetWeights', classes: 11, widths: [16, 32, 96] } as const;

const learnt = await readMnist(requireMnist(), 0, 50_000);
const mnist = mnistGlyphs(learnt.pixels, learnt.labels);
const faces = systemFaces();
const [fonts = mnist, hands = mnist] = await fontGlyphs(faces, faces.length * 10);
const sources = [strokes, mnist, strokes, mnist, fonts, mnist, strokes, hands];
const random = createRandom(Number(flags.seed));
const [drawing, choosing] = [random.fork('lines of the reader'), random.fork('what is learnt')];

const lines = Number(flags.lines ?? (flags.net === 'partings' ? 2250 : 5250));
const examples: LabelledFrame[] = [];
for (let count = 1; count <= lines; count += 1) {
  for (const line of await drawLine(drawing, sources)) {
    examples.push(
      ...(flags.net === 'partings' ? labelledPartings(line) : labelledCandidates(line, choosing)),
    );
  }
  if (count % 100 === 0) console.error(`  ${count} lines, ${examples.length} examples`);
}
if (flags.net === 'digits') {
  for (let index = 0; index < 20_000; index += 1) {
    const pixels = inContext(learnt.pixels.subarray(index * 784, (index + 1) * 784));
    examples.push({ pixels, label: learnt.labels[index]! });
  }
}

const { epochs, seed } = flags;
const [file, plan] =
  flags.net === 'partings'
    ? (['src/image/reading/parting-net-weights.ts', partings] as const)
    : (['src/image/handwriting/digit-net-weights.ts', digits] as const);
const text = await trainNet(examples, random, { ...plan, epochs, seed });
await writeFile(join(import.meta.dirname, '..', file), text);
console.error(`  written to ${file}`);
