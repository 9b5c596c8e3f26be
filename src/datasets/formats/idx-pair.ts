import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import { readHead, type ReadOptions } from '../bytes/byte-source.ts';
import { isIdxImages, toLabelsName } from '../file-names.ts';
import { severalInside } from '../refusal.ts';
import { splitNamed } from '../images/split-folders.ts';
import {
  withLocalCopy,
  type DatasetFile,
  type DatasetSource,
  type LocatedDataset,
} from '../source.ts';
import type { DatasetSplit } from '../spec.ts';
import { idxAxes } from './idx-axes.ts';
import { readIdxClasses, readIdxRows } from './idx-rows.ts';
import type { Row } from '../row.ts';

/** The two files of an IDX dataset. */
export interface IdxPair {
  readonly images: DatasetFile;
  readonly labels: DatasetFile;
}

/** The pair that is read, and what lies beside it. */
export interface PickedIdxPair extends IdxPair {
  /** Files of images of the other splits. */
  readonly others: readonly string[];
  /** The split to measure on, when another one was picked. */
  readonly heldOut?: DatasetSplit | undefined;
}

/** Images whose labels are known, and the split their name says. */
interface NamedPair extends IdxPair {
  readonly split: DatasetSplit | undefined;
}

/**
 * Which files are the images and their labels: one pair by what the headers say, several by their names. Of the
 * four files of MNIST the training pair is read, and the other one held out.
 */
export async function pickIdxPair(
  { source, labels }: LocatedDataset,
  wanted: DatasetSplit | undefined,
  { signal }: ReadOptions,
): Promise<PickedIdxPair> {
  const pairs = await pairsByName(source, labels);
  const splits = pairs.map(({ split }) => split);
  const areSplits = pairs.length > 1 && new Set(splits).size === pairs.length;
  if (wanted === undefined && pairs.length !== 1 && !areSplits) {
    if (!source.isFolder && source.files.length <= 2) return pairByHeaders(source, labels, signal);
    throw severalInside(
      'IDX: it does not hold one file of images with its labels',
      (pairs.length > 0 ? pairs.map(({ images }) => images) : source.files).map(({ name }) => name),
    );
  }
  const picked =
    (['train', 'test', 'validation', undefined] as const)
      .filter((split) => wanted === undefined || split === wanted)
      .flatMap((split) => pairs.filter((pair) => pair.split === split))[0] ?? undefined;
  if (!picked) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `IDX: it has no file of images of the split "${wanted}" with its labels`,
    );
  }
  const others = pairs.filter((pair) => pair !== picked);
  const isTraining = picked.split === 'train';
  const heldOut = (['test', 'validation'] as const).find((split) => splits.includes(split));
  return {
    images: picked.images,
    labels: picked.labels,
    others: others.map(({ images }) => images.name),
    heldOut: isTraining ? heldOut : undefined,
  };
}

/** Files of images by name, each with the labels whose name goes with it, gzipped or not. */
async function pairsByName(
  source: DatasetSource,
  labels: DatasetFile | undefined,
): Promise<NamedPair[]> {
  const pairs: NamedPair[] = [];
  const images = source.files.filter(({ name }) => isIdxImages(name));
  for (const one of images) {
    const own = toLabelsName(one.name);
    const other = own.endsWith('.gz') ? own.slice(0, -3) : `${own}.gz`;
    const found =
      (images.length === 1 ? labels : undefined) ??
      (await source.find(own)) ??
      (await source.find(other));
    if (found) pairs.push({ images: one, labels: found, split: splitOf(one.name) });
  }
  return pairs;
}

function splitOf(name: string): DatasetSplit | undefined {
  const words = posix.basename(name).split(/[-_.]/);
  return words.map(splitNamed).find((split) => split !== undefined);
}

async function pairByHeaders(
  source: DatasetSource,
  named: DatasetFile | undefined,
  signal: AbortSignal | undefined,
): Promise<PickedIdxPair> {
  const files = [...source.files, ...(named ? [named] : [])];
  const axes = await Promise.all(
    files.map((file) =>
      withLocalCopy(file, signal, async (copy) => idxAxes(await readHead(copy, 4))),
    ),
  );
  const images = files[axes.findIndex((count = 0) => count >= 3)];
  const labels = files[axes.indexOf(1)];
  if (files.length === 2 && images && labels) return { images, labels, others: [] };
  throw new errors.GLIMPSE_DATASET_INVALID(
    'IDX takes one file of images and one of labels (3 or 4 axes and 1 axis of bytes)',
  );
}

/** Classes come from all labels, so that they do not depend on offset and limit. */
export function readPairClasses({ labels }: IdxPair, options: ReadOptions): Promise<string[]> {
  return withLocalCopy(labels, options.signal, (copy) => readIdxClasses(copy, options));
}

/** The examples of a pair, in their order. */
export async function* readPairRows(
  { images, labels }: IdxPair,
  options: ReadOptions,
): AsyncGenerator<Row> {
  const copies = [await images.local(options.signal), await labels.local(options.signal)];
  try {
    yield* readIdxRows(copies[0]!, copies[1]!, options);
  } finally {
    for (const copy of copies) await copy.release();
  }
}
