import { stat } from 'node:fs/promises';
import type { ImagePreparer } from '../../image/prepare-image.ts';
import type { Preprocessing } from '../../signature.ts';
import { plainPreprocessing } from '../preprocessing-for.ts';
import type { ArchiveLimits } from './archives/archive.ts';
import { createSpoolFolder } from './archives/spool-folder.ts';
import type { BadRowReport } from './bad-rows.ts';
import { createBuckets } from './bucket-files.ts';
import { createDatasetBuilder } from './dataset-builder.ts';
import {
  locateDataset,
  schemeOf,
  type DatasetPlaces,
  type LocatedDataset,
} from './dataset-location.ts';
import type { Dataset, ImageShape } from './dataset.ts';
import type { IgnoredFiles } from './dataset-source.ts';
import type { DatasetFormat, DatasetSpec, UploadedFile } from './dataset-spec.ts';
import { allowedPath } from './local-files.ts';
import { planReading, type ReadingTools } from './plan-reading.ts';

export interface OpenOptions {
  readonly uploads: readonly UploadedFile[];
  /** A folder of this run's own, for what has to be downloaded or unpacked. */
  readonly workDir: string;
  readonly maxBadRows: number;
  /** How image files become examples of a shape; only resized when left out. */
  readonly preprocessing?: (shape: ImageShape) => Preprocessing;
  readonly signal?: AbortSignal;
}

export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly format: DatasetFormat;
  readonly badRows: BadRowReport;
  readonly rowsRead: number;
  readonly ignored: IgnoredFiles;
  /** How its images became pixels, when that was decided before it was opened. */
  readonly preprocessing?: Preprocessing;
}

export interface DatasetOpener extends DatasetCheck {
  /** Reads the whole dataset into memory, or throws why it cannot. */
  open(spec: DatasetSpec, options: OpenOptions): Promise<OpenedDataset>;
}

export interface DatasetCheck {
  /** Whether there is such a dataset that may be read: what a request is checked for at once. */
  check(spec: DatasetSpec, uploads: readonly UploadedFile[]): Promise<void>;
}

/** What a dataset may cost; `maxBytes` is of one file, or of all in an archive, after decompression. */
export interface DatasetLimits extends ArchiveLimits {
  readonly maxExamples: number;
  /** Of one encoded image. */
  readonly maxImageBytes: number;
}

/** Opens datasets of every place and format under one set of limits. */
export function createDatasetOpener(
  places: DatasetPlaces,
  limits: DatasetLimits,
  images: ImagePreparer,
): DatasetOpener {
  return {
    async open(spec, options) {
      const { signal } = options;
      const spool = createSpoolFolder(options.workDir);
      const bounds = { maxBytes: limits.maxBytes, maxFiles: limits.maxEntries, signal };
      const buckets = createBuckets({
        openStore: (uri) => places.openStore(uri),
        spool,
        ...bounds,
      });
      try {
        const located = await locateDataset(spec, places, { ...options, ...bounds, buckets });
        return await readAll(located, {
          tools: {
            spec,
            limits: { ...limits, signal },
            images,
            preprocessing: options.preprocessing ?? plainPreprocessing,
            spool,
            buckets,
          },
          maxExamples: limits.maxExamples,
          maxBadRows: options.maxBadRows,
        });
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        await buckets.close();
        await spool.close();
      }
    },
    ...createDatasetCheck(places, limits),
  };
}

/** The part of an opener that reads nothing, and so needs nobody to prepare images. */
export function createDatasetCheck(
  places: DatasetPlaces,
  { maxEntries: maxFiles }: DatasetLimits,
): DatasetCheck {
  return {
    async check(spec, uploads) {
      // A store is only asked when the job runs: the caller should not wait for a download.
      if (spec.uri !== undefined && schemeOf(spec.uri) === 's3') return;
      if (spec.uri !== undefined && (await isFolder(spec.uri, places))) return;
      await locateDataset(spec, places, { uploads, maxFiles });
    },
  };
}

/** Folders are not listed for a check: they may hold a file for every example. */
async function isFolder(uri: string, { root }: DatasetPlaces): Promise<boolean> {
  if (schemeOf(uri) !== 'file') return false;
  return (await stat(await allowedPath(uri, root))).isDirectory();
}

interface ReadOptions {
  readonly tools: ReadingTools;
  readonly maxExamples: number;
  readonly maxBadRows: number;
}

async function readAll(located: LocatedDataset, options: ReadOptions): Promise<OpenedDataset> {
  const { reading, close } = await planReading(located, options.tools);
  const { spec } = options.tools;
  try {
    const builder = createDatasetBuilder({
      ...(spec.shape && { shape: spec.shape }),
      ...(reading.classes && { classes: reading.classes }),
      offset: spec.offset ?? 0,
      limit: spec.limit ?? Number.POSITIVE_INFINITY,
      maxExamples: options.maxExamples,
      maxBadRows: options.maxBadRows,
    });
    for await (const row of reading.rows) if (!builder.add(row)) break;
    return { ...builder.finish(), format: reading.format, ignored: reading.ignored };
  } finally {
    await close();
  }
}
