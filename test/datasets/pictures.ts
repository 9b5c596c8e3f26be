import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodePng } from '../../src/image/encode-png.ts';
import type { ImageShape } from '../../src/datasets/dataset.ts';
import { createRandom } from '../../src/random.ts';
import { temporaryFolder } from './dataset-files.ts';

/** One grey picture of a tiny dataset. */
export interface Picture {
  readonly label: string;
  readonly pixels: Uint8Array;
  readonly png: Buffer;
}

export const pictureShape = { width: 4, height: 4, channels: 1 } as const;

/** Seeded 4x4 pictures of the classes "cat" and "dog", the classes one after the other. */
export async function drawPictures(
  count: number,
  shape: ImageShape = pictureShape,
): Promise<Picture[]> {
  const random = createRandom(count);
  const labels = Array.from({ length: count }, (_, index) => (index * 2 < count ? 'cat' : 'dog'));
  return Promise.all(
    labels.map(async (label) => {
      const size = shape.width * shape.height * shape.channels;
      const pixels = Uint8Array.from({ length: size }, () => random.integer(256));
      return { label, pixels, png: await encodePng(pixels, shape) };
    }),
  );
}

/** "cat/000.png": the name a picture has among class folders. */
export function nameOf({ label }: Picture, index: number): string {
  return `${label}/${String(index).padStart(3, '0')}.png`;
}

/** The same pictures as CSV rows of pixels. */
export function asCsv(pictures: readonly Picture[]): string {
  return `${pictures.map(({ label, pixels }) => [label, ...pixels].join(',')).join('\n')}\n`;
}

/** A folder with these files in it. */
export async function folderWith(
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}
