import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../dataset.ts';

/** The names of the two files a stored dataset is made of. */
export const storedFiles = { images: 'images.idx', labels: 'labels.idx' } as const;

/**
 * Writes a dataset as a pair of plain IDX files into a folder: the same dataset always gives the same bytes.
 * Colour images have a fourth axis; labels are bytes, or whole numbers when there are too many classes.
 */
export async function writeIdxPair(
  folder: string,
  { pixels, labels, shape, classes }: Dataset,
): Promise<Map<string, { readonly file: string }>> {
  const { width, height, channels } = shape;
  const axes = [labels.length, height, width, ...(channels === 1 ? [] : [channels])];
  const files = {
    images: join(folder, storedFiles.images),
    labels: join(folder, storedFiles.labels),
  };
  await write(files.images, [idxHead(0x08, axes), pixels]);
  const isSmall = classes.length <= 256;
  const body = isSmall ? Uint8Array.from(labels) : int32Bytes(labels);
  await write(files.labels, [idxHead(isSmall ? 0x08 : 0x0c, [labels.length]), body]);
  return new Map([
    [storedFiles.images, { file: files.images }],
    [storedFiles.labels, { file: files.labels }],
  ]);
}

function idxHead(type: number, axes: readonly number[]): Buffer {
  const head = Buffer.alloc(4 + axes.length * 4);
  head.set([0, 0, type, axes.length]);
  axes.forEach((size, axis) => head.writeUInt32BE(size, 4 + axis * 4));
  return head;
}

function int32Bytes(labels: Int32Array): Buffer {
  const bytes = Buffer.alloc(labels.length * 4);
  labels.forEach((label, index) => bytes.writeInt32BE(label, index * 4));
  return bytes;
}

async function write(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (const part of parts) await handle.writeFile(part);
  } finally {
    await handle.close();
  }
}
