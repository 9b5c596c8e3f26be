import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import { readHead, type ReadOptions } from '../bytes/byte-source.ts';
import { isIdxImages, toLabelsName } from '../file-names.ts';
import { severalInside } from '../refusal.ts';
import { withLocalCopy, type DatasetFile, type LocatedDataset } from '../source.ts';
import { idxAxes } from './idx-axes.ts';
import { readIdxClasses, readIdxRows } from './idx-rows.ts';
import type { Row } from '../row.ts';

/** The two files of an IDX dataset. */
export interface IdxPair {
  readonly images: DatasetFile;
  readonly labels: DatasetFile;
}

/** Which files are the images and their labels: by name in a folder, else by what their headers say. */
export async function pickIdxPair(
  { source, labels }: LocatedDataset,
  { signal }: ReadOptions,
): Promise<IdxPair> {
  if (!source.isFolder)
    return pairByHeaders([...source.files, ...(labels ? [labels] : [])], signal);
  const candidates = source.files.filter(({ name }) => isIdxImages(name));
  const training = candidates.filter(({ name }) => posix.basename(name).startsWith('train'));
  const [images, ...more] = training.length > 0 ? training : candidates;
  const found = labels ?? (images && (await source.find(toLabelsName(images.name))));
  if (images && found && more.length === 0) return { images, labels: found };
  throw severalInside(
    'IDX: it does not hold one file of images with its labels',
    (candidates.length > 0 ? candidates : source.files).map(({ name }) => name),
  );
}

async function pairByHeaders(
  files: readonly DatasetFile[],
  signal: AbortSignal | undefined,
): Promise<IdxPair> {
  const axes = await Promise.all(
    files.map((file) =>
      withLocalCopy(file, signal, async (copy) => idxAxes(await readHead(copy, 4))),
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
