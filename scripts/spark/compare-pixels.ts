import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { packageRoot } from '../../src/package.ts';
import { completeContract } from '../../src/preprocessing/complete.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { plainContract, presetOf } from '../../src/preprocessing/presets.ts';
import type { RequestedPreprocessing } from '../../src/preprocessing/requested.ts';
import { run } from '../foreign/run.ts';

const square = { width: 96, height: 96 };
const size = { width: 112, height: 80 };
/** What the reader of contracts must do as the server does it, and what it must refuse. */
const asked: readonly RequestedPreprocessing[] = [
  { preset: 'imagenet-torchvision' },
  { preset: 'imagenet-keras-caffe' },
  { preset: 'imagenet-keras-tf' },
  { preset: 'mnist' },
  { preset: 'plain' },
  { resize: { mode: 'fill', size: square, kernel: 'cubic', antialias: true }, icc: 'ignore' },
  { resize: { mode: 'cover', size: square, kernel: 'linear', antialias: true }, icc: 'ignore' },
  {
    resize: {
      mode: 'contain',
      size: square,
      kernel: 'lanczos3',
      antialias: true,
      pad: { colour: 'border', align: 'centre' },
    },
    icc: 'ignore',
    exif: 'ignore',
  },
  {
    resize: {
      mode: 'longer-side',
      size: 96,
      kernel: 'linear',
      antialias: true,
      pad: { colour: [114, 20, 200], align: 'top-left' },
    },
    alpha: 'drop',
    icc: 'ignore',
  },
  {
    resize: { mode: 'shorter-side', size: 120, kernel: 'cubic', antialias: true },
    crop: { size: square, align: 'centre' },
    icc: 'ignore',
    colourSpace: 'bgr',
    alpha: { flatten: [10, 200, 30] },
  },
];
const refused: readonly RequestedPreprocessing[] = [
  { preset: 'handwriting' },
  { polarity: 'dark-on-light' },
  { resize: { mode: 'fill', size, kernel: 'linear', antialias: false } },
  { alpha: 'ink' },
];

function contractOf(request: RequestedPreprocessing): Preprocessing {
  const preset = request.preset === undefined ? {} : presetOf(request.preset);
  const side = typeof request.resize?.size === 'object' ? request.resize.size : square;
  const {
    width = side.width,
    height = side.height,
    channels = request.preset === 'handwriting' ? 1 : 3,
  } = preset;
  const completed = completeContract(plainContract({ width, height, channels }), request);
  if ('contract' in completed) return completed.contract;
  throw new Error(JSON.stringify(completed));
}

/** What was compared. */
export interface ComparedPixels {
  readonly pictures: number;
  /** The largest difference, in levels of 0 to 255. */
  readonly largest: number;
  /** Where there is one. */
  readonly differing: readonly string[];
  /** By contract, why it was refused; empty where it was not. */
  readonly refusals: ReadonlyMap<string, string>;
}

/** Compares the pixels that the reader of contracts makes of the pictures of the corpus with ours. */
export async function comparePixels(python: string, folder: string): Promise<ComparedPixels> {
  const contracts = [...asked, ...refused].map(contractOf);
  await writeFile(join(folder, 'contracts.json'), JSON.stringify(contracts));
  await run(python, [join(packageRoot, 'scripts', 'spark', 'write_pixels.py'), folder]);
  const names = (await readdir(join(folder, 'images'))).toSorted();
  const preparer = createImagePreparer({
    limits: { maxBytes: 1e8, maxPixels: 1e8, maxFrames: 100 },
    concurrency: 2,
    queueSize: 100,
    threads: 1,
  });
  let pictures = 0;
  let largest = 0;
  const differing: string[] = [];
  for (const [place] of asked.entries()) {
    for (const name of names) {
      const bytes = await readFile(join(folder, 'images', name));
      const theirs = await readFile(join(folder, String(place), `${name}.raw`)).catch(
        () => undefined,
      );
      if (!theirs)
        throw new Error(
          `${name} by ${JSON.stringify(asked[place])}: ${await readFile(join(folder, String(place), `${name}.txt`), 'utf8')}`,
        );
      const ours = await preparer.pixels(bytes, contracts[place]!);
      const apart = theirs.reduce(
        (most, level, at) => Math.max(most, Math.abs(level - ours[at]!)),
        0,
      );
      pictures += 1;
      if (apart > 0) differing.push(`${name} by ${JSON.stringify(asked[place])}: ${apart}`);
      largest = Math.max(largest, theirs.length === ours.length ? apart : 255);
    }
  }
  await preparer.close();
  const refusals = new Map<string, string>();
  for (const [index, request] of refused.entries()) {
    const file = join(folder, String(asked.length + index), 'refused.txt');
    refusals.set(JSON.stringify(request), await readFile(file, 'utf8').catch(() => ''));
  }
  return { pictures, largest, differing, refusals };
}
