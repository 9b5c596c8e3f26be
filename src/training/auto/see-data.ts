import type { ImageShape } from '../../datasets/dataset.ts';
import type { DatasetOpener } from '../../datasets/open.ts';
import type { DatasetSpec, UploadedFile } from '../../datasets/spec.ts';
import { looksPhotographic, usualShape, type SeenData } from './seen-data.ts';

export interface SeeingContext {
  readonly datasets: DatasetOpener;
  /** A folder of the run's own, for downloads. */
  readonly jobDir: string;
  readonly signal: AbortSignal;
}

/** So many examples are looked at, and image files among them at this size. */
const MOST_SEEN = 40;
const SEEN_SHAPE: ImageShape = { width: 64, height: 64, channels: 3 };

/** Nothing is known. */
const unseen: SeenData = {
  shape: undefined,
  original: undefined,
  count: undefined,
  isPhotographic: false,
};

/**
 * Looks at a few examples of a dataset, image files evenly among all. What is wrong with it is told by whoever reads the
 * whole of it: then nothing was seen.
 */
export async function seeData(
  spec: DatasetSpec,
  uploads: readonly UploadedFile[],
  { datasets, jobDir, signal }: SeeingContext,
): Promise<SeenData> {
  const originals: ImageShape[] = [];
  try {
    const limit = Math.min(spec.limit ?? MOST_SEEN, MOST_SEEN);
    const opened = await datasets.open(
      { ...spec, limit },
      {
        uploads,
        workDir: jobDir,
        maxBadRows: limit,
        imageShape: SEEN_SHAPE,
        spread: limit,
        usesLabels: false,
        refuse: () => {},
        onExample: (_, { original }) => {
          if (original) originals.push(original);
        },
        signal,
      },
    );
    const { dataset, count } = opened;
    const isOfFiles = originals.length > 0 && spec.shape === undefined;
    return {
      shape: isOfFiles ? undefined : dataset.shape,
      original: usualShape(originals),
      count: spec.limit === undefined ? count : Math.min(spec.limit, count ?? spec.limit),
      isPhotographic: originals.length > 0 && looksPhotographic(dataset),
    };
  } catch {
    signal.throwIfAborted();
    return unseen;
  }
}
