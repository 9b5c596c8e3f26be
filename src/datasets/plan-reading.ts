import { posix } from 'node:path';
import { errors } from '../errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { ProvenanceCounts } from '../image/provenance.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { ArchiveLimits } from './archives/archive.ts';
import type { SpoolFolder } from './bytes/spool-folder.ts';
import type { Buckets } from './places/bucket.ts';
import type { ImageShape } from './dataset.ts';
import type { OnLabel } from './label-column.ts';
import { createPixelScale, leastMaximum, rangeOf, type PixelScale } from './pixels/pixel-range.ts';
import {
  checkSaidOf,
  checkSaidOfRows,
  numbersFor,
  type SaidOfNumbers,
  type SaidOfOther,
} from './pixels/said-of-numbers.ts';
import type { Refuse } from './refusal.ts';
import { ignoreMore, type DatasetFile, type IgnoredFiles, type LocatedDataset } from './source.ts';
import type { DatasetFormat, DatasetSpec, DatasetSplit } from './spec.ts';
import { detectFormat, misnamedNote } from './detect-format.ts';
import { openInside } from './inside/open-inside.ts';
import { checkFinished } from './places/finished-writer.ts';
import { planCifar } from './formats/cifar/plan-cifar.ts';
import { planArrays } from './formats/numpy/plan-arrays.ts';
import { pickIdxPair, readPairClasses, readPairRows } from './formats/idx-pair.ts';
import { expectEveryFolder } from './images/every-folder.ts';
import { noteOfSplits } from './images/split-folders.ts';
import { planEveryImage, planImages } from './images/plan-images.ts';
import { readImageRows, type ImageReferences } from './images/image-rows.ts';
import type { Row } from './row.ts';
import { partFilesOf, readTable } from './formats/table-parts.ts';

/** What is going to be read, and as what. */
export interface Reading {
  readonly format: DatasetFormat;
  readonly rows: AsyncIterable<Row>;
  readonly classes?: readonly string[] | undefined;
  /** How many rows there are, where that is known before they are read. */
  readonly count?: number | undefined;
  readonly ignored: IgnoredFiles;
  /** Once all rows were read: images that lie there and that no row was made of. */
  readonly unlisted?: (() => readonly string[]) | undefined;
  /** What was decided or left out, in words. */
  readonly notes?: readonly string[];
  /** What lies apart to be measured on: a folder of images, or another split of the same files. */
  readonly heldOut?: HeldOut | undefined;
  /** Makes bytes of its numbers. */
  readonly scale: PixelScale;
  /** Whether flat pixels come as planes; undefined when nobody said it. */
  readonly layout?: DatasetSpec['layout'];
  /** How large its largest value must be, where no range is declared. */
  readonly leastMaximum: number;
  /** How its images became pixels, when that was decided before. */
  readonly preprocessing?: Preprocessing | undefined;
  /** What the image files were that it was made of when it was stored. */
  readonly provenance?: ProvenanceCounts | undefined;
}

export type HeldOut =
  { readonly folder: string } | { readonly path: string } | { readonly split: DatasetSplit };

export interface PlannedReading {
  readonly reading: Reading;
  /** To be called once all is read: rejects when the files have changed meanwhile. */
  readonly confirm?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a dataset is read with, and within which bounds. */
export interface ReadingOptions {
  readonly limits: ArchiveLimits & { readonly maxImageBytes: number };
  readonly images: ImagePreparer;
  /** How image files become examples of a shape. */
  readonly preprocessing: (shape: ImageShape) => Preprocessing;
  /** The shape of image files when the request names none: that of the founding example when left out. */
  readonly imageShape?: ImageShape | undefined;
  /** Of image files that are listed beforehand so many are taken, evenly among all; all of them when left out. */
  readonly spread?: number | undefined;
  readonly spool: SpoolFolder;
  readonly buckets: Buckets;
  /** What is said of the dataset that this one goes with. */
  readonly goesWith?: SaidOfOther | undefined;
  readonly refuse: Refuse;
  readonly onLabel?: OnLabel | undefined;
  /**
   * For whoever asks for no labels: the images of files and rows, as they came. Every image that lies there is taken,
   * in whichever folder, and no column needs to be the label.
   */
  readonly takeEncoded?: (references: ImageReferences) => AsyncIterable<Row>;
  readonly signal?: AbortSignal | undefined;
}

/** That of the founding example. */
const DEFAULT_SHAPE: ImageShape = { width: 28, height: 28, channels: 1 };

/** Looks at what was located, opens an archive if it is one, and decides how it is read. */
export async function planReading(
  located: LocatedDataset,
  spec: DatasetSpec,
  options: ReadingOptions,
): Promise<PlannedReading> {
  const { limits, spool, signal } = options;
  const opened = await openInside(located, spec.path, { limits, spool, signal });
  const { source } = opened;
  try {
    checkFinished(source);
    const { heldOut, ...reading } = await planFiles(opened, spec, options);
    const isWhole = located.source.isFolder && spec.path === undefined;
    return {
      reading: { ...reading, heldOut: heldOut && (isWhole ? heldOut : atPath(heldOut, spec.path)) },
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** A folder inside of an archive or of a path is named by its path there. */
function atPath(heldOut: HeldOut, path = ''): HeldOut {
  return 'folder' in heldOut ? { path: posix.join(path, heldOut.folder) } : heldOut;
}

/** What the files are, and what holds for their numbers. */
async function planFiles(
  located: LocatedDataset,
  spec: DatasetSpec,
  options: ReadingOptions,
): Promise<Reading> {
  const { limits, signal, goesWith } = options;
  const { source, labels } = located;
  const format = spec.format ?? (await detectFormat(source, labels, { limits, signal }));
  checkSplit(spec, format);
  checkSaidOf(format, spec);
  const { said, notes } = numbersFor(spec, goesWith, format);
  const scale = createPixelScale(rangeOf(said));
  const numbers = { scale, own: spec };
  const planned = await planFormat(
    format,
    located,
    { ...spec, ...said },
    { ...options, ...numbers },
  );
  const misnamed = spec.format === undefined ? misnamedNote(source, format) : undefined;
  const told = [...(misnamed === undefined ? [] : [misnamed]), ...notes, ...(planned.notes ?? [])];
  return { ...planned, layout: said.layout, scale, notes: told };
}

interface FormatOptions extends ReadingOptions {
  readonly scale: PixelScale;
  /** What the request says of its numbers itself. */
  readonly own: SaidOfNumbers;
}

/** Makes pixels of encoded images, brought to a shape. */
function decoderFor(
  shape: ImageShape,
  { images, preprocessing, limits, signal }: ReadingOptions,
): (references: ImageReferences) => AsyncIterable<Row> {
  const { maxImageBytes } = limits;
  return (references) => {
    const own = preprocessing(shape);
    return readImageRows(references, { images, preprocessing: own, maxImageBytes, signal });
  };
}

async function planFormat(
  format: DatasetFormat,
  { source, labels }: LocatedDataset,
  spec: DatasetSpec,
  options: FormatOptions,
): Promise<Omit<Reading, 'scale'>> {
  const { limits, buckets, scale, own, refuse, onLabel, signal, takeEncoded } = options;
  const { classes, imageColumn, shape = options.imageShape ?? DEFAULT_SHAPE, layout } = spec;
  const labelColumn = takeEncoded ? (spec.labelColumn ?? null) : spec.labelColumn;
  const bounds = { limits, signal };
  if (format === 'idx' || format === 'numpy' || format === 'cifar') onLabel?.({ by: 'format' });
  const decode = takeEncoded ?? decoderFor(shape, options);
  if (format === 'images') {
    const bucketFile = (uri: string): DatasetFile => buckets.file(uri);
    const { imageColumn } = spec;
    const planning = { ...bounds, labelColumn, imageColumn, bucketFile, refuse, onLabel };
    const plan = takeEncoded
      ? planEveryImage(source, labels, planning)
      : await planImages(source, labels, planning);
    const { ignored, notes, folders, unlisted } = plan;
    const { references, count = plan.count } = spreadOver(plan.references, options.spread);
    const heldOut = plan.heldOut === undefined ? undefined : { folder: plan.heldOut };
    const decoded = decode(references);
    const rows = folders ? expectEveryFolder(decoded, folders, refuse) : decoded;
    const { certain } = leastMaximum;
    const read = { format, rows, classes, count, ignored, notes, heldOut, unlisted };
    return { ...read, leastMaximum: certain };
  }
  if (format === 'idx') {
    const pair = await pickIdxPair({ source, labels }, spec.split, bounds);
    const rows = readPairRows(pair, bounds);
    const { ignored } = source;
    const names = classes ?? (await readPairClasses(pair, bounds));
    const notes = noteOfSplits(pair.images.name, pair.others);
    const heldOut = pair.heldOut && { split: pair.heldOut };
    const read = { format, rows, classes: names, ignored, notes, heldOut };
    return { ...read, leastMaximum: leastMaximum.bytes };
  }
  if (format === 'numpy' || format === 'cifar') {
    const plan = format === 'numpy' ? planArrays : planCifar;
    return { format, classes, ...(await plan({ source, labels }, spec, bounds)) };
  }
  const parts = partFilesOf(source.files, format);
  const left = source.files.filter((file) => !parts.includes(file)).map(({ name }) => name);
  const expected = { shape: spec.shape, layout };
  const columns = { labelColumn, imageColumn, onLabel, refuse };
  const decodeRows = (references: ImageReferences) => {
    checkSaidOfRows(own);
    return decode(references);
  };
  const reading = { ...bounds, ...columns, expected, scale, decode: decodeRows };
  const rows = readTable(parts, format, reading);
  const ignored = ignoreMore(source.ignored, left, 'another table or file');
  return { format, rows, classes, ignored, leastMaximum: leastMaximum.table };
}

/** A few of the images, and how many there are where that was seen. */
function spreadOver(
  references: ImageReferences,
  spread: number | undefined,
): { readonly references: ImageReferences; readonly count?: number } {
  if (spread === undefined || Symbol.asyncIterator in references) return { references };
  const all = [...references];
  const some = Array.from(
    { length: Math.min(spread, all.length) },
    (_, at) => all[Math.floor(((at + 0.5) * all.length) / Math.min(spread, all.length))]!,
  );
  return { references: some, count: all.length };
}

/** Formats whose files may hold several splits of a dataset. */
const WITH_SPLITS: readonly DatasetFormat[] = ['idx', 'numpy', 'cifar'];

function checkSplit({ split }: DatasetSpec, format: DatasetFormat): void {
  if (split === undefined || WITH_SPLITS.includes(format)) return;
  throw new errors.GLIMPSE_DATASET_INVALID(
    `split is for ${WITH_SPLITS.join(', ')}; name the files or the folder of "${split}" instead`,
  );
}
