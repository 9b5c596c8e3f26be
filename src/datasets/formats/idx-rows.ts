import { errors } from '../../errors.ts';
import { createByteReader, type ByteReader } from '../bytes/byte-reader.ts';
import { readDecoded, type FileOnDisk, type ReadOptions } from '../bytes/byte-source.ts';
import type { ImageShape } from '../dataset.ts';
import type { ExampleRow } from '../row.ts';
import { idxAxes, idxTypes } from './idx-axes.ts';

/** The images and labels of a pair of IDX files, in step; a wrong or cut-off file throws. */
export async function* readIdxRows(
  imagesFile: FileOnDisk,
  labelsFile: FileOnDisk,
  options: ReadOptions,
): AsyncGenerator<ExampleRow> {
  const images = createByteReader(readDecoded(imagesFile, options));
  const labels = createByteReader(readDecoded(labelsFile, options));
  try {
    const { count, shape } = await readImageHeader(images);
    const { count: labelCount, bytes } = await readLabelHeader(labels);
    if (labelCount !== count) throw invalid(`there are ${count} images but ${labelCount} labels`);
    const size = shape.width * shape.height * shape.channels;
    for (let index = 0; index < count; index += 1) {
      const values = await images.take(size);
      const label = await labels.take(bytes);
      if (!values || !label) throw invalid(`it ends before example ${index + 1} of ${count}`);
      yield { line: index + 1, label: numberIn(label), values, shape };
    }
    if (await images.take(1)) throw invalid('the images go on after the last one');
    if (await labels.take(1)) throw invalid('the labels go on after the last one');
  } finally {
    await images.close();
    await labels.close();
  }
}

/** Every label of an IDX label file, as class names in order: independent of any limit. */
export async function readIdxClasses(
  labelsFile: FileOnDisk,
  options: ReadOptions,
): Promise<string[]> {
  const labels = createByteReader(readDecoded(labelsFile, options));
  const met = new Set<number>();
  try {
    const { count, bytes } = await readLabelHeader(labels);
    for (let left = count; left > 0;) {
      const some = Math.min(left, 65_536);
      const part = await labels.take(some * bytes);
      if (!part) throw invalid('the labels end too early');
      for (let at = 0; at < part.length; at += bytes)
        met.add(numberIn(part.subarray(at, at + bytes)));
      left -= some;
    }
  } finally {
    await labels.close();
  }
  return [...met].sort((a, b) => a - b).map(String);
}

async function readImageHeader(images: ByteReader): Promise<{ count: number; shape: ImageShape }> {
  const { sizes } = await readHeader(images, 'images');
  // Whole numbers, which are no pixels, have one axis only.
  if (sizes.length < 3) throw invalid('the images have fewer than three axes');
  const [count = 0, height = 0, width = 0, channels = 1] = sizes;
  const usable = height >= 1 && height <= 1024 && width >= 1 && width <= 1024;
  if (!usable || (channels !== 1 && channels !== 3)) {
    throw invalid(`images of ${width}x${height}x${channels} are not read`);
  }
  return { count, shape: { width, height, channels } };
}

/** How many labels there are, and how many bytes each has. */
async function readLabelHeader(labels: ByteReader): Promise<{ count: number; bytes: number }> {
  const { type, sizes } = await readHeader(labels, 'labels');
  const [count = 0, ...rest] = sizes;
  if (rest.length > 0) throw invalid('the labels have more than one axis');
  return { count, bytes: type === idxTypes.int32 ? 4 : 1 };
}

const numberIn = (label: Buffer): number => (label.length === 4 ? label.readInt32BE() : label[0]!);

async function readHeader(
  reader: ByteReader,
  what: string,
): Promise<{ type: number; sizes: number[] }> {
  const head = (await reader.take(4)) ?? Buffer.alloc(0);
  const axes = idxAxes(head);
  if (axes === undefined) throw invalid(`the ${what} do not start as IDX bytes do`);
  const sizes = await reader.take(axes * 4);
  if (!sizes) throw invalid(`the ${what} end in their header`);
  const numbers = Array.from({ length: axes }, (_, axis) => sizes.readUInt32BE(axis * 4));
  return { type: head[2]!, sizes: numbers };
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`IDX: ${reason}`);
}
