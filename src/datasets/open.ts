import { setMaxListeners } from 'node:events';
import { stat } from 'node:fs/promises';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { ProvenanceCounts } from '../image/provenance.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { plainContract } from '../preprocessing/presets.ts';
import type { ArchiveLimits } from './archives/archive.ts';
import { createSpoolFolder } from './bytes/spool-folder.ts';
import type { BadRow } from './bad-rows.ts';
import { checkBucketUri } from './places/allowed-buckets.ts';
import { createBuckets } from './places/bucket.ts';
import { createDatasetBuilder, type RowObserver } from './builder.ts';
import { locateDataset, schemeOf, type DatasetRoots } from './places/location.ts';
import type { Dataset, ImageShape } from './dataset.ts';
import { nameGroups, noting } from './images/group-names.ts';
import { keepEncodedImages, keeping, type EncodedImages } from './images/encoded-images.ts';
import { ignoreMore, type IgnoredFiles } from './source.ts';
import type { DatasetFormat, DatasetSpec, UploadedFile } from './spec.ts';
import { allowedPath } from './places/local.ts';
import { checkFirstRow } from './first-row.ts';
import { checkInsidePath } from './inside/inside-path.ts';
import { planReading, type HeldOut, type PlannedReading } from './plan-reading.ts';
import type { SaidOfOther } from './pixels/said-of-numbers.ts';
import type { OnLabel } from './label-column.ts';
import { refuseAtOnce, type Refuse } from './refusal.ts';
import type { RowLocation } from './row.ts';
import type { RowReport } from './row-report.ts';
import { checkStoredSpec, findStored, uriOfStored } from './places/stored.ts';
import { planStored } from './stored-reading.ts';

export interface OpenOptions extends RowObserver {
  readonly uploads: readonly UploadedFile[];
  /** A folder of this run's own, for what has to be downloaded or unpacked. */
  readonly workDir: string;
  readonly maxBadRows: number;
  /** How image files become examples of a shape, only resized when left out; and of which, where the request names none. */
  readonly preprocessing?: (shape: ImageShape) => Preprocessing;
  readonly imageShape?: ImageShape | undefined;
  /** Of listed image files so many are read, evenly among all. */
  readonly spread?: number;
  /** What is said of the dataset that this one goes with; it holds where its own request says nothing. */
  readonly goesWith?: SaidOfOther;
  /** False: nothing is made of its labels, so that one for all examples will do. */
  readonly usesLabels?: boolean;
  readonly onLabel?: OnLabel;
  /** Takes the reasons to refuse it while reading goes on; without it the first is thrown. */
  readonly refuse?: Refuse;
  readonly signal?: AbortSignal;
}

export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly format: DatasetFormat;
  /** How many there are of which it was read, where that is known. */
  readonly count?: number | undefined;
  readonly badRows: RowReport<BadRow>;
  readonly rowsRead: number;
  readonly damaged: RowReport<RowLocation>;
  /** What its image files are, or those that it was made of when it was stored. */
  readonly provenance: ProvenanceCounts | undefined;
  readonly ignored: IgnoredFiles;
  /** A few of the image files it was made of, as they came. */
  readonly encoded: EncodedImages;
  /** The group of every example, where the request says what makes one. */
  readonly groups?: readonly string[] | undefined;
  /** What was decided or left out, in words. */
  readonly notes: readonly string[];
  /** How a request names what lies apart to be measured on: another place, or another split of the same. */
  readonly heldOut?:
    { readonly uri: string } | Exclude<HeldOut, { readonly folder: string }> | undefined;
  /** How its images became pixels, when that was decided before it was opened. */
  readonly preprocessing?: Preprocessing | undefined;
}

export interface DatasetOpener extends DatasetCheck {
  /** Reads the whole dataset into memory, or throws why it cannot. */
  open(spec: DatasetSpec, options: OpenOptions): Promise<OpenedDataset>;
}

export interface DatasetCheck {
  /** Whether there is such a dataset that may be read: what a request is checked for at once. */
  check(spec: DatasetSpec, uploads: readonly UploadedFile[]): Promise<CheckedDataset>;
}

export interface CheckedDataset {
  /** The same dataset; a stored one by its digest, so that a later import under its name changes nothing. */
  readonly spec: DatasetSpec;
  /** What is known of it before it is read. */
  readonly known?: { readonly shape: ImageShape; readonly classes: number };
}

/** What a dataset may cost; `maxBytes` is of one file, or of all in an archive, after decompression. */
export interface DatasetLimits extends ArchiveLimits {
  readonly maxExamples: number;
  /** Of one encoded image. */
  readonly maxImageBytes: number;
}

/** Opens datasets of every place and format under one set of limits. */
export function createDatasetOpener(
  roots: DatasetRoots,
  limits: DatasetLimits,
  images: ImagePreparer,
): DatasetOpener {
  return {
    async open(spec, options) {
      const { uploads, workDir, preprocessing = plainContract, signal } = options;
      const { refuse = refuseAtOnce, onLabel, goesWith, imageShape, spread } = options;
      // Many files are read at once, and each reader listens: Node would warn of a leak.
      if (signal) setMaxListeners(0, signal);
      const spool = createSpoolFolder(workDir);
      const { maxBytes, maxEntries: maxFiles } = limits;
      const bounds = { ...options, refuse, maxExamples: limits.maxExamples };
      const buckets = createBuckets({
        openStore: (uri) => roots.openStore(uri),
        allowed: roots.buckets,
        spool,
        maxBytes,
        maxFiles,
        signal,
      });
      try {
        if (isStored(spec)) {
          const openRepository = () => roots.openRepository();
          onLabel?.({ by: 'format' });
          const planned = await planStored(spec, openRepository, { limits, spool, signal });
          return await build(planned, spec, bounds);
        }
        const located = await locateDataset(spec, roots, { uploads, buckets, maxFiles, signal });
        const bringing = { images, preprocessing, imageShape, spread, goesWith };
        const reading = { limits, ...bringing, spool, buckets, refuse, onLabel, signal };
        return await build(await planReading(located, spec, reading), spec, bounds);
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        await buckets.close();
        await spool.close();
      }
    },
    ...createDatasetCheck(roots, limits),
  };
}

/** The part of an opener that reads no more than a row, and so needs nobody to prepare images. */
export function createDatasetCheck(roots: DatasetRoots, limits: DatasetLimits): DatasetCheck {
  return {
    async check(spec, uploads) {
      if (isStored(spec)) return checkStored(spec, roots);
      if (spec.path !== undefined) checkInsidePath(spec.path);
      // A store is only asked when the job runs: the caller should not wait for a download.
      if (spec.labelsUri !== undefined && schemeOf(spec.labelsUri) === 's3') {
        checkBucketUri(spec.labelsUri, roots.buckets);
      }
      if (spec.uri !== undefined && schemeOf(spec.uri) === 's3') {
        checkBucketUri(spec.uri, roots.buckets);
        return { spec };
      }
      if (spec.uri !== undefined && (await isFolder(spec.uri, roots))) return { spec };
      const located = await locateDataset(spec, roots, { uploads, maxFiles: limits.maxEntries });
      await checkFirstRow(located, spec);
      return { spec };
    },
  };
}

/** Folders are not listed for a check: they may hold a file for every example. */
async function isFolder(uri: string, { root }: DatasetRoots): Promise<boolean> {
  if (schemeOf(uri) !== 'file') return false;
  return (await stat(await allowedPath(uri, root))).isDirectory();
}

function isStored(spec: DatasetSpec): spec is DatasetSpec & { readonly uri: string } {
  return spec.uri !== undefined && schemeOf(spec.uri) === 'dataset';
}

async function checkStored(
  spec: DatasetSpec & { readonly uri: string },
  roots: DatasetRoots,
): Promise<CheckedDataset> {
  const repository = roots.openRepository();
  try {
    const found = await findStored(repository, spec.uri);
    checkStoredSpec(spec, found);
    const classes = (spec.classes ?? found.classes).length;
    return { spec: { ...spec, uri: uriOfStored(found) }, known: { shape: found.shape, classes } };
  } finally {
    await repository.close();
  }
}

/** Reads every row, and puts the dataset together. */
async function build(
  { reading, confirm, close }: PlannedReading,
  spec: DatasetSpec,
  options: OpenOptions & Pick<DatasetLimits, 'maxExamples'> & { readonly refuse: Refuse },
): Promise<OpenedDataset> {
  const { rows, format, classes, ignored, preprocessing } = reading;
  const { scale, layout, leastMaximum, notes = [], heldOut } = reading;
  const { uri, shape, offset = 0, limit = Number.POSITIVE_INFINITY } = spec;
  const files = keepEncodedImages();
  const groups = nameGroups(spec);
  try {
    const builder = createDatasetBuilder({
      shape,
      layout,
      classes,
      offset,
      limit,
      maxExamples: options.maxExamples,
      maxBadRows: options.maxBadRows,
      scale,
      leastMaximum,
      // IDX tells its classes.
      isTable: !['images', 'numpy', 'cifar'].includes(format),
      usesLabels: options.usesLabels,
      refuse: options.refuse,
      observer: keeping(files, noting(groups, options)),
    });
    let isLeft = false;
    for await (const row of rows) {
      if (builder.add(row)) continue;
      isLeft = true;
      break;
    }
    await confirm?.();
    const unlisted = isLeft ? [] : (reading.unlisted?.() ?? []);
    const all = ignoreMore(ignored, unlisted, 'an image that the list does not name');
    const found = builder.finish();
    const built = { ...found, format, count: reading.count, ignored: all, notes };
    const apart = heldOut && namedBy(uri, heldOut);
    const provenance = found.provenance ?? reading.provenance;
    const kept = { encoded: files.kept(), groups: groups?.names() };
    return { ...built, ...kept, provenance, heldOut: apart, preprocessing };
  } finally {
    await close();
  }
}

/** A folder is named by its place, which uploads have none of. */
function namedBy(uri: string | undefined, heldOut: HeldOut): OpenedDataset['heldOut'] {
  if (!('folder' in heldOut)) return heldOut;
  return uri === undefined ? undefined : { uri: `${uri.replace(/\/$/, '')}/${heldOut.folder}` };
}
