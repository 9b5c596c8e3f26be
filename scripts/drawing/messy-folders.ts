import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { createRandom, type Random } from '../../src/random.ts';
import { drawShape, SHAPE_SIDE, shapeKinds, type ShapeKind } from './shapes.ts';

/**
 * Five datasets as people bring them, with what is usually wrong with each. The same files every time; the bytes of JPEG
 * depend on the version of libvips.
 */
export const messyFolders = {
  '1-kaggle': drawKaggle,
  '2-twins': drawTwins,
  '3-repeated': drawRepeated,
  '4-photos': drawPhotos,
  '5-tables': drawTables,
} satisfies Record<string, (random: Random) => Promise<Files>>;

export type MessyFolder = keyof typeof messyFolders;

type Files = Record<string, Uint8Array | string>;

/** Writes one of them, and returns its folder. */
export async function writeMessyFolder(folder: string, name: MessyFolder): Promise<string> {
  const files = await messyFolders[name](createRandom(7).fork(name));
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return join(folder, name);
}

const [BLUE, SQUARE, GREEN, RED] = shapeKinds as [ShapeKind, ShapeKind, ShapeKind, ShapeKind];

function shape(random: Random, kind: ShapeKind): Sharp {
  const raw = { width: SHAPE_SIDE, height: SHAPE_SIDE, channels: 3 } as const;
  return sharp(drawShape(random, kind), { raw });
}

const png = (random: Random, kind: ShapeKind): Promise<Buffer> =>
  shape(random, kind).png().toBuffer();

const numbered = (index: number): string => String(index + 1).padStart(3, '0');

/** Images in two folders, a table that lists some of those of one, and a form to be filled in. */
async function drawKaggle(random: Random): Promise<Files> {
  const files: Files = {};
  const lines = ['image_id,label'];
  for (let index = 0; index < 26; index += 1) {
    const kind = index % 2 === 0 ? BLUE : RED;
    const id = `id_${numbered(index)}`;
    files[`train_images/${id}.png`] = await png(random.fork(id), kind);
    // The last six were forgotten, and one that is listed is not there.
    if (index < 20) lines.push(`${id},${kind}`);
  }
  lines.push(`id_999,${RED}`);
  for (let index = 0; index < 4; index += 1) {
    const id = `id_${numbered(index + 500)}`;
    files[`test_images/${id}.png`] = await png(random.fork(id), BLUE);
  }
  files['train.csv'] = `${lines.join('\n')}\n`;
  files['sample_submission.csv'] = 'image_id,label\nid_501,\nid_502,\nid_503,\nid_504,\n';
  return files;
}

/** Class folders that only their spelling tells apart, and what systems, people and bad copies leave in them. */
async function drawTwins(random: Random): Promise<Files> {
  const files: Files = {};
  const folders: [string, ShapeKind][] = [
    ['Circle', BLUE],
    ['circle', BLUE],
    ['square', SQUARE],
    ['square ', SQUARE],
    ['tri-angle', GREEN],
    ['tri angle', GREEN],
  ];
  for (const [folder, kind] of folders) {
    for (let index = 0; index < 12; index += 1) {
      const name = `${folder}/${numbered(index)}.png`;
      files[name] = await png(random.fork(name), kind);
    }
  }
  const jpeg = await shape(random.fork('jpeg'), SQUARE).resize(200).jpeg().toBuffer();
  files['square/cut-off.jpg'] = jpeg.subarray(0, jpeg.length / 2);
  files['square/empty.jpg'] = '';
  files['Circle/IMG_0042.heic'] = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
  files['circle/.DS_Store'] = 'Bud1';
  files['circle/Thumbs.db'] = 'thumbs';
  files['notes.txt'] = 'Circle is from Monday, circle from Tuesday.';
  return files;
}

/** Parts of a dataset that share images, a class with a single example and one that is not measured. */
async function drawRepeated(random: Random): Promise<Files> {
  const files: Files = {};
  for (const [folder, kind, count] of [
    ['ok', BLUE, 30],
    ['defect', RED, 12],
    ['unclear', GREEN, 1],
  ] as const) {
    for (let index = 0; index < count; index += 1) {
      const name = `train/${folder}/${numbered(index)}.png`;
      files[name] = await png(random.fork(name), kind);
    }
  }
  for (let index = 0; index < 8; index += 1) {
    const name = `test/ok/${numbered(index)}.png`;
    files[name] = await png(random.fork(name), BLUE);
    // Every second test image of a defect is one that is learnt from, saved once more and a little brighter.
    const fork = random.fork(`train/defect/${numbered(index)}.png`);
    files[`test/defect/${numbered(index)}.jpg`] =
      index % 2 === 0
        ? await shape(fork, RED).linear(1, 5).jpeg({ quality: 90 }).toBuffer()
        : await shape(random.fork(`test defect ${index}`), RED)
            .jpeg({ quality: 90 })
            .toBuffer();
  }
  files['train/ok/copy of 001.png'] = files['train/ok/001.png']!;
  files['train/defect/003 (2).jpg'] = await shape(random.fork('train/defect/003.png'), RED)
    .jpeg({ quality: 92 })
    .toBuffer();
  files['train/defect/wrong.png'] = files['train/ok/002.png']!;
  return files;
}

/** A photo that is none: a sky over a ground, with waves or trees in it. */
function photo(random: Random, hue: 'forest' | 'sea', width: number, height: number): Sharp {
  const ground = hue === 'forest' ? [40, 110, 50] : [30, 80, 150];
  const horizon = height * (0.35 + random.next() * 0.1);
  const [phase, step] = [random.next() * 6, 0.05 + random.next() * 0.05];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      const isSky = y < horizon + Math.sin(x * step + phase) * height * 0.05;
      const wave = 25 * Math.sin((hue === 'sea' ? y : x) * step * 4 + phase);
      for (let channel = 0; channel < 3; channel += 1) {
        const level = isSky ? 190 + channel * 20 : ground[channel]! + wave;
        data[at + channel] = Math.min(255, Math.max(0, level + random.symmetric(6)));
      }
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Photos of many sizes and kinds, upright and not, one among the wrong ones, and a class of blank pages. */
async function drawPhotos(random: Random): Promise<Files> {
  const files: Files = {};
  for (const hue of ['forest', 'sea'] as const) {
    for (let index = 0; index < 14; index += 1) {
      const name = `${hue}/${numbered(index)}`;
      const [width, height] = index % 3 === 0 ? [160, 120] : [320, 240];
      const taken = photo(random.fork(name), hue, width, height);
      files[`${name}.jpg`] = await taken.jpeg().toBuffer();
    }
    const fork = (name: string): Random => random.fork(`${hue} ${name}`);
    files[`${hue}/turned.jpg`] = await photo(fork('turned'), hue, 240, 160)
      .rotate(270)
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    files[`${hue}/grey.png`] = await photo(fork('grey'), hue, 160, 120)
      .toColourspace('b-w')
      .png()
      .toBuffer();
    files[`${hue}/alpha.png`] = await photo(fork('alpha'), hue, 160, 120)
      .ensureAlpha(0.9)
      .png()
      .toBuffer();
    files[`${hue}/deep.png`] = await photo(fork('deep'), hue, 160, 120)
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    files[`${hue}/print.jpg`] = await photo(fork('print'), hue, 160, 120)
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
  }
  files['sea/panorama.jpg'] = await photo(random.fork('wide'), 'sea', 600, 80).jpeg().toBuffer();
  files['sea/icon.png'] = await photo(random.fork('icon'), 'sea', 10, 8).png().toBuffer();
  const red = { width: 160, height: 120, channels: 3, background: '#d01010' } as const;
  files['forest/sunset.png'] = await shape(random.fork('sunset'), RED)
    .resize(160, 120, { fit: 'fill' })
    .linear(0.2, 40)
    .png()
    .toBuffer();
  for (let index = 0; index < 4; index += 1) {
    const page = { ...red, background: { r: 250 + index, g: 250 + index, b: 250 + index } };
    files[`scan/${numbered(index)}.png`] = await sharp({ create: page }).png().toBuffer();
  }
  return files;
}

/** Segments of a digit: top, upper left and right, middle, lower left and right, bottom. */
const SEGMENTS = [119, 36, 93, 109, 46, 107, 123, 37, 127, 111];

/** Digits of 8x8 values from 0 to 16, as scikit-learn's load_digits has them. */
function digit(random: Random, value: number): number[] {
  const isLit = (segment: number): boolean => ((SEGMENTS[value] ?? 0) >> segment) % 2 === 1;
  return Array.from({ length: 64 }, (_, at) => {
    const [x, y] = [at % 8, Math.floor(at / 8)];
    const across = x >= 2 && x <= 5;
    const lit =
      (across && y === 1 && isLit(0)) ||
      (x === 2 && y >= 1 && y <= 3 && isLit(1)) ||
      (x === 5 && y >= 1 && y <= 3 && isLit(2)) ||
      (across && y === 4 && isLit(3)) ||
      (x === 2 && y >= 4 && y <= 6 && isLit(4)) ||
      (x === 5 && y >= 4 && y <= 6 && isLit(5)) ||
      (across && y === 6 && isLit(6));
    const isEdge = x === 0 || x === 7;
    if (isEdge) return 0;
    return lit ? 16 - random.integer(5) : random.integer(3);
  });
}

/** Tables of digits: one without a header and with its label last, one with row numbers before. */
async function drawTables(random: Random): Promise<Files> {
  const rows = Array.from({ length: 200 }, (_, index) => {
    const value = index % 10;
    return { value, pixels: digit(random.fork(`row ${index}`), value) };
  });
  const names = Array.from({ length: 64 }, (_, at) => `pixel_${at}`);
  const indexed = rows.map(({ value, pixels }, index) => [index, ...pixels, value].join(','));
  return {
    'digits.csv': `${rows.map(({ value, pixels }) => [...pixels, value].join(',')).join('\n')}\n`,
    'indexed.csv': `${[['', ...names, 'target'].join(','), ...indexed].join('\n')}\n`,
    'README.txt': 'Digits of 8x8.',
  };
}
