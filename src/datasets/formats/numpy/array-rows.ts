import { errors } from '../../../errors.ts';
import { createByteReader } from '../../bytes/byte-reader.ts';
import {
  readDecoded,
  readHead,
  type FileOnDisk,
  type ReadOptions,
} from '../../bytes/byte-source.ts';
import { printable } from '../../file-names.ts';
import { shapeNested, type ExpectedPixels } from '../../pixels/nested-pixels.ts';
import type { Row } from '../../row.ts';
import { rowsByColumns } from './column-order.ts';
import { maxNpyHeaderBytes, parseNpyHeader, type NpyHeader } from './npy-header.ts';
import { labelIn, numbersIn } from './npy-values.ts';

/** An array on this disk, its header read. */
export interface OpenArray extends FileOnDisk {
  readonly header: NpyHeader;
}

/** Reads what an array is. */
export async function openArray(file: FileOnDisk): Promise<OpenArray> {
  const head = await readHead(file, maxNpyHeaderBytes);
  return { ...file, header: parseNpyHeader(head, file.name) };
}

/** Refuses a pair that are not images and the label of each. */
export function checkArrays(images: OpenArray, labels: OpenArray): void {
  const [count, ...sizes] = images.header.shape;
  const [labelCount, ...perLabel] = labels.header.shape;
  if (images.header.kind === 'U' || images.header.kind === 'S') {
    throw invalid(images, 'it holds text and no pixels');
  }
  if (sizes.length === 0) {
    throw invalid(
      images,
      `it has the shape ${shapeOf(images)}; images are (count, height, width), (count, values) or with channels`,
    );
  }
  if (labelCount === undefined)
    throw invalid(labels, 'it holds one value and not one for each image');
  const each = sizeOf(perLabel);
  if (each !== 1) {
    throw invalid(
      labels,
      `it has ${each} values for each image (${shapeOf(labels)}); if they are one-hot, save labels.argmax(axis=1)`,
    );
  }
  if (count !== labelCount) {
    throw invalid(
      images,
      `it holds ${count} images, and ${printable(labels.name)} ${labelCount} labels; they must be as many`,
    );
  }
}

/** The images and labels of two arrays, in step. */
export async function* readArrayRows(
  images: OpenArray,
  labels: OpenArray,
  { expected, ...options }: ReadOptions & { readonly expected: ExpectedPixels },
): AsyncGenerator<Row> {
  const sizes = images.header.shape.slice(1);
  const labelRows = rowsOf(labels, options);
  let index = 0;
  try {
    for await (const bytes of rowsOf(images, options)) {
      const label = await labelRows.next();
      if (label.done === true) break;
      const at = { line: index + 1, element: index };
      const flat = shapeNested(numbersIn(bytes, images.header), sizes, expected);
      yield 'problem' in flat
        ? { ...at, ...flat }
        : { label: labelIn(label.value, labels.header), ...at, ...flat };
      index += 1;
    }
    await labelRows.next();
  } finally {
    await labelRows.return(undefined);
  }
}

/** The bytes of each row of an array. */
function rowsOf(array: OpenArray, options: ReadOptions): AsyncGenerator<Buffer> {
  const { shape, isByColumns } = array.header;
  // With no more than one long axis both orders are the same.
  const isFlat = shape.filter((size) => size > 1).length < 2;
  return isByColumns && !isFlat
    ? rowsByColumns(array, array.header, options)
    : rowsInOrder(array, options);
}

async function* rowsInOrder(array: OpenArray, options: ReadOptions): AsyncGenerator<Buffer> {
  const { shape, bytes, start } = array.header;
  const [count = 0, ...sizes] = shape;
  const reader = createByteReader(readDecoded(array, options));
  try {
    await reader.take(start);
    for (let index = 0; index < count; index += 1) {
      const row = await reader.take(sizeOf(sizes) * bytes);
      if (!row) throw invalid(array, `it ends before element ${index} of ${count}`);
      yield row;
    }
    if (await reader.take(1)) throw invalid(array, 'it goes on after its last element');
  } finally {
    await reader.close();
  }
}

const sizeOf = (sizes: readonly number[]): number => sizes.reduce((all, one) => all * one, 1);
const shapeOf = ({ header }: OpenArray): string => `(${header.shape.join(', ')})`;

function invalid({ name }: OpenArray, reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`${printable(name)}: ${reason}`);
}
