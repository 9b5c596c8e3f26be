/**
 * Draws the committed samples: no image in `samples/` is from MNIST or from anybody else.
 *
 *   npx tsx scripts/draw-samples.ts [seed, default 7]
 *
 * samples/digits/   2,000 digits to train on and 500 others to test on, in MNIST's own file format and frame
 * samples/golden/   one of each digit as a 28x28 PNG: the golden samples of the shipped model
 * samples/photos/   digits on paper as a camera sees them; the name begins with the right answer
 *
 * Digits are strokes with a pen (scripts/drawing). The same seed draws the same files. A folder that holds
 * anything else is refused.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { encodePng } from '../src/image/encode-png.ts';
import { createImagePreparer, type ImagePreparer } from '../src/image/prepare-image.ts';
import { createRandom, type Random } from '../src/random.ts';
import { mnistPreprocessing } from '../src/preprocessing/contract-one.ts';
import { emptyDrawn } from './drawing/own-folder.ts';
import { photograph, type Scene } from './drawing/paper.ts';
import { drawHand, writeDigit } from './drawing/pen.ts';

const folder = join(import.meta.dirname, '..', 'samples');

async function main(): Promise<void> {
  const random = createRandom(Number(process.argv[2] ?? 7));
  await emptyDrawn(folder, drawnFiles);
  const limits = { maxBytes: 1e8, maxPixels: 1e8, maxFrames: 1 };
  const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 64, threads: 2 });
  for (const name of ['digits', 'golden', 'photos'])
    await mkdir(join(folder, name), { recursive: true });
  try {
    await writeSet(preparer, random.fork('train'), 'train', 2000);
    await writeSet(preparer, random.fork('test'), 'test', 500);
    await writeGolden(preparer, random.fork('golden'));
    await writePhotos(random.fork('photos'));
  } finally {
    await preparer.close();
  }
}

/** One digit in the frame the model is trained in: through the same canonicalisation as any photo. */
async function framed(preparer: ImagePreparer, random: Random, digit: number): Promise<Uint8Array> {
  const { ink, width, height } = writeDigit(random, digit, drawHand(random, digit), 160, 96);
  return await preparer.pixels(
    await encodePng(ink, { width, height, channels: 1 }),
    mnistPreprocessing,
  );
}

async function writeSet(
  preparer: ImagePreparer,
  random: Random,
  name: string,
  count: number,
): Promise<void> {
  const labels = random.shuffle(Uint8Array.from({ length: count }, (_, index) => index % 10));
  const images: Uint8Array[] = [];
  for (const digit of labels) images.push(await framed(preparer, random, digit));
  await writeIdx(`${name}-images.idx3-ubyte.gz`, [count, 28, 28], Buffer.concat(images));
  await writeIdx(`${name}-labels.idx1-ubyte.gz`, [count], labels);
}

/** IDX: two zero bytes, 8 for unsigned bytes, the number of axes, each axis as a big-endian word, the bytes. */
async function writeIdx(name: string, axes: readonly number[], bytes: Uint8Array): Promise<void> {
  const head = Buffer.alloc(4 + axes.length * 4);
  head.set([0, 0, 8, axes.length]);
  axes.forEach((length, axis) => head.writeUInt32BE(length, 4 + axis * 4));
  await writeFile(
    join(folder, 'digits', name),
    gzipSync(Buffer.concat([head, bytes]), { level: 9 }),
  );
}

async function writeGolden(preparer: ImagePreparer, random: Random): Promise<void> {
  for (let digit = 0; digit < 10; digit += 1) {
    const hand = { variant: 0, thickness: 0.1, slant: 0.08, turn: 0, aspect: 0.78, tremor: 0.012 };
    const { ink, width, height } = writeDigit(random, digit, hand, 160, 96);
    const png = await encodePng(ink, { width, height, channels: 1 });
    const pixels = await preparer.pixels(png, mnistPreprocessing);
    await writeFile(
      join(folder, 'golden', `${digit}.png`),
      await encodePng(pixels, { width: 28, height: 28, channels: 1 }),
    );
  }
}

interface Look {
  readonly digit: number;
  readonly name: string;
  readonly scene: Partial<Scene>;
  /** Red, green and blue of the light, where it is not white. */
  readonly light?: readonly [number, number, number];
}

const looks: readonly Look[] = [
  { digit: 0, name: '0-corner.png', scene: { left: 88, top: 188, noise: 0 } },
  { digit: 1, name: '1-shade.jpg', scene: { shade: 0.5, noise: 4 } },
  { digit: 2, name: '2-ruled.jpg', scene: { ruling: 34, noise: 3 }, light: [1, 0.96, 0.82] },
  { digit: 3, name: '3-dim.webp', scene: { paper: 120, ink: 40, noise: 5 } },
  { digit: 4, name: '4-chalk.png', scene: { paper: 40, ink: 225, noise: 1 } },
  {
    digit: 5,
    name: '5-pencil.jpg',
    scene: { paper: 235, ink: 150, noise: 3 },
    light: [0.86, 0.93, 1],
  },
  { digit: 6, name: '6-noise.jpg', scene: { noise: 16 } },
  {
    digit: 7,
    name: '7-photo.jpg',
    scene: { width: 640, height: 480, left: 260, top: 90, shade: 0.35, noise: 5 },
  },
  { digit: 8, name: '8-wide.webp', scene: { width: 600, height: 240, left: 330, top: 20 } },
  { digit: 9, name: '9-shade.jpg', scene: { shade: 0.6, ruling: 40, noise: 5 } },
  { digit: 3, name: '3-grey.gif', scene: { paper: 210, ink: 70 } },
  {
    digit: 8,
    name: '8-small.tiff',
    scene: { width: 900, height: 700, left: 40, top: 420, noise: 0 },
  },
];

const drawnFiles = {
  digits: /^(train|test)-(images\.idx3|labels\.idx1)-ubyte\.gz$/,
  golden: /^\d\.png$/,
  photos: /^\d-[a-z]+\.(png|jpg|webp|gif|tiff)$/,
};

async function writePhotos(random: Random): Promise<void> {
  for (const { digit, name, scene, light } of looks) {
    const canvas = writeDigit(
      random,
      digit,
      { ...drawHand(random, digit), thickness: 0.1 },
      210,
      130,
    );
    const whole: Scene = {
      width: 300,
      height: 400,
      paper: 228,
      ink: 45,
      left: 30,
      top: 60,
      shade: 0.15,
      noise: 2,
      ruling: 0,
      ...scene,
    };
    const grey = photograph(random, canvas, whole);
    const pixels = light ? inLight(grey, light) : grey;
    const channels = light ? 3 : 1;
    const image = sharp(pixels, { raw: { width: whole.width, height: whole.height, channels } });
    // The format follows from the name; TIFF is compressed to stay small.
    const written = name.endsWith('.tiff') ? image.tiff({ compression: 'deflate' }) : image;
    await written.toFile(join(folder, 'photos', name));
  }
}

function inLight(grey: Uint8Array, light: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: grey.length * 3 }, (_, i) =>
    Math.round(grey[Math.floor(i / 3)]! * light[i % 3]!),
  );
}

await main();
