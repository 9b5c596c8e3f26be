import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import { readHead, type ReadLimits } from '../bytes/byte-source.ts';
import { isIdxImages, toLabelsName } from '../file-names.ts';
import type { DatasetFile, LocatedDataset } from '../source.ts';
import { idxAxes, readIdxClasses, readIdxRows } from './idx-rows.ts';
import type { Row } from '../row.ts';

/** The two files of an IDX dataset. */
export interface IdxPair {
  readonly images: DatasetFile;
  readonly labels: DatasetFile;
}

/** Which files are the images and their labels: by name in a folder, else by what their headers say. */
export async function pickIdxPair(
  { source, labels }: LocatedDataset,
  limits: ReadLimits,
): Promise<IdxPair> {
  if (!source.isFolder)
    return pairByHeaders([...source.files, ...(labels ? [labels] : [])], limits);
  const candidates = source.files.filter(({ name }) => isIdxImages(name));
  const training = candidates.filter(({ name }) => posix.basename(name).startsWith('train'));
  const [images, ...more] = training.length > 0 ? training : candidates;
  const found = labels ?? (images && (await source.find(toLabelsName(images.name))));
  if (images && found && more.length === 0) return { images, labels: found };
  throw new errors.GLIMPSE_DATASET_INVALID(
    'IDX: the folder does not hold one file of images with its labels; name the images',
  );
}

async function pairByHeaders(files: readonly DatasetFile[], limits: ReadLimits): Promise<IdxPair> {
  const axes = await Promise.all(
    files.map((file) =>
      withCopies([file], limits, async ([path]) => idxAxes(await readHead(path!, 4))),
    ),
  );
  const images = files[axes.findIndex((count) => count !== undefined && count >= 3)];
  const labels = files[axes.indexOf(1)];
  if (files.length === 2 && images && labels) return { images, labels };
  throw new errors.GLIMPSE_DATASET_INVALID(
    'IDX takes one file of images and one of labels (3 or 4 axes and 1 axis of bytes)',
  );
}

/** Classes come from all labels, so that they do not depend on offset and limit. */
export function readPairClasses({ labels }: IdxPair, limits: ReadLimits): Promise<string[]> {
  return withCopies([labels], limits, ([file]) => readIdxClasses(file!, limits));
}

export async function* readPairRows(
  { images, labels }: IdxPair,
  limits: ReadLimits,
): AsyncGenerator<Row> {
  const copies = [await images.local(limits.signal), await labels.local(limits.signal)];
  try {
    yield* readIdxRows(copies[0]!.file, copies[1]!.file, limits);
  } finally {
    for (const copy of copies) await copy.release();
  }
}

async function withCopies<T>(
  files: readonly DatasetFile[],
  { signal }: ReadLimits,
  use: (paths: string[]) => Promise<T>,
): Promise<T> {
  const copies = await Promise.all(files.map((file) => file.local(signal)));
  try {
    return await use(copies.map(({ file }) => file));
  } finally {
    for (const copy of copies) await copy.release();
  }
}
