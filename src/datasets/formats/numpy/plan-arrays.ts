import type { ReadOptions } from '../../bytes/byte-source.ts';
import { noteOfSplits } from '../../images/split-folders.ts';
import { leastMaximum } from '../../pixels/pixel-range.ts';
import type { Row } from '../../row.ts';
import { ignoreMore, type IgnoredFiles, type LocatedDataset } from '../../source.ts';
import type { DatasetSpec, DatasetSplit } from '../../spec.ts';
import { checkArrays, openArray, readArrayRows } from './array-rows.ts';
import { pickArrays } from './pick-arrays.ts';

/** The arrays of a .npz, or .npy files beside each other, as a dataset. */
export interface ArrayPlan {
  readonly rows: AsyncIterable<Row>;
  readonly ignored: IgnoredFiles;
  readonly notes: readonly string[];
  readonly heldOut?: { readonly split: DatasetSplit } | undefined;
  readonly leastMaximum: number;
}

/** Which arrays are read; their headers are looked at before anything else is. */
export async function planArrays(
  { source, labels: named }: LocatedDataset,
  { labelColumn, imageColumn, split, shape, layout }: DatasetSpec,
  { limits, signal }: ReadOptions,
): Promise<ArrayPlan> {
  const picked = pickArrays(named ? [...source.files, named] : source.files, {
    labelColumn,
    imageColumn,
    split,
  });
  const { images, labels, others, heldOut } = picked;
  const read = [images, labels, ...others];
  const copies = [await images.local(signal), await labels.local(signal)] as const;
  const release = async (): Promise<void> => {
    for (const copy of copies) await copy.release();
  };
  try {
    const [pixels, classes] = [await openArray(copies[0]), await openArray(copies[1])];
    checkArrays(pixels, classes);
    const expected = { shape, layout };
    const rows = releasing(readArrayRows(pixels, classes, { limits, signal, expected }), release);
    const unread = source.files.filter((file) => !read.includes(file)).map(({ name }) => name);
    const isBytes = pixels.header.kind === 'u' && pixels.header.bytes === 1;
    return {
      rows,
      ignored: ignoreMore(source.ignored, unread, 'another array or file'),
      notes: noteOfSplits(
        images.name,
        others.map(({ name }) => name),
      ),
      heldOut: heldOut && { split: heldOut },
      leastMaximum: isBytes ? leastMaximum.bytes : leastMaximum.table,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function* releasing(rows: AsyncGenerator<Row>, release: () => Promise<void>) {
  try {
    yield* rows;
  } finally {
    await release();
  }
}
