import { posix } from 'node:path';
import { errors, isGlimpseError, messageOf } from '../../errors.ts';
import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { checkArrowColumns, readArrowRows } from './arrow/arrow-rows.ts';
import { createCsvReader } from './csv-rows.ts';
import type { DatasetFile } from '../source.ts';
import { byName, printable } from '../file-names.ts';
import type { DatasetFormat } from '../spec.ts';
import { formatOfName } from '../file-names.ts';
import type { ImageReference } from '../images/image-reference.ts';
import { checkIsOf } from './foreign/refuse-foreign.ts';
import { createJsonReader, hasObjectALine, type JsonOptions } from './json-rows.ts';
import { labelInFolders, withoutPartitions } from './partitions.ts';
import { readTfRecordRows, type TfRecordOptions } from './tfrecord/tfrecord-rows.ts';
import { checkParquetColumns, readParquetRows } from './parquet/parquet-rows.ts';
import type { OnLabel } from '../label-column.ts';
import { severalInside } from '../refusal.ts';
import type { ColumnChoice } from './tables/table-layout.ts';
import type { PixelScale } from '../pixels/pixel-range.ts';
import type { ExpectedPixels } from '../pixels/nested-pixels.ts';
import type { Row } from '../row.ts';

/** Formats that hold rows, one example each, in as many files as their writer liked. */
export type TableFormat = Exclude<DatasetFormat, 'idx' | 'numpy' | 'cifar' | 'images'>;

export interface TableOptions extends ReadOptions, ColumnChoice {
  readonly onLabel?: OnLabel | undefined;
  /** What the request says of its images. */
  readonly expected: ExpectedPixels;
  /** Makes bytes of its numbers where their reader does. */
  readonly scale: PixelScale;
  /** The pixels of encoded images that stand in the rows themselves. */
  readonly decode: (references: AsyncIterable<ImageReference>) => AsyncIterable<Row>;
}

/** The rows of one file on this disk. */
type ReadFile = (file: FileOnDisk, options: ReadOptions) => AsyncIterable<Row>;

/** The files of one table, read one after the other in the order of their names. */
export async function* readTable(
  files: readonly DatasetFile[],
  format: TableFormat,
  { limits, signal, ...given }: TableOptions,
): AsyncGenerator<Row> {
  const outside = labelInFolders(files, given.labelColumn);
  if (outside && format !== 'parquet') {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `its labels stand in the names of folders ("${printable(outside.name)}=..."), which is read of Parquet only; write the column into the files`,
    );
  }
  const by = given.labelColumn === undefined ? 'name' : 'request';
  if (outside) given.onLabel?.({ column: outside.name, by });
  const read = readerOf(format, { ...given, isLabelOutside: outside !== undefined });
  for (const file of files) {
    const copy = await file.local(signal);
    try {
      await checkIsOf(copy, format);
      const rows = read(copy, { limits, signal });
      const entry = files.length > 1 && { entry: printable(file.name) };
      if (!entry && !outside) yield* rows;
      else {
        for await (const row of rows) {
          const label = outside && !('problem' in row) && { label: outside.valueFor(file.name) };
          yield { ...row, ...entry, ...label };
        }
      }
    } finally {
      await copy.release();
    }
  }
}

/** Reads the columns of a Parquet file, or the first row of another; throws why it cannot be read. */
export async function checkTable(
  file: FileOnDisk,
  format: TableFormat,
  options: ReadOptions & ColumnChoice,
): Promise<void> {
  await checkIsOf(file, format);
  if (format === 'parquet') return checkParquetColumns(file.path, options);
  if (format === 'arrow') return checkArrowColumns(file.path, options);
  const given = { ...options, expected: {}, decode: withoutDecoding };
  const read: ReadFile =
    format === 'tfrecord'
      ? (copy, bounds) => tfRecordRows(copy, given, bounds)
      : textReader(format, given);
  for await (const _ of read(file, options)) break;
}

/** A check looks at which columns there are, and decodes no image. */
async function* withoutDecoding(): AsyncGenerator<Row> {}

function readerOf(format: TableFormat, given: Omit<TableOptions, keyof ReadOptions>): ReadFile {
  if (format === 'parquet') {
    return ({ path }, options) => readParquetRows(path, { ...options, ...given });
  }
  if (format === 'arrow') {
    return ({ path }, options) => readArrowRows(path, { ...options, ...given });
  }
  if (format === 'tfrecord') {
    return (file, options) => tfRecordRows(file, given, options);
  }
  return textReader(format, given);
}

/** What is wrong with a file of records becomes an error of the catalogue. */
async function* tfRecordRows(
  file: FileOnDisk,
  given: TfRecordOptions,
  options: ReadOptions,
): AsyncGenerator<Row> {
  try {
    yield* readTfRecordRows(file, given, options);
  } catch (error) {
    if (isGlimpseError(error) || options.signal?.aborted) throw error;
    throw new errors.GLIMPSE_DATASET_INVALID(`TFRecord: ${printable(messageOf(error))}`);
  }
}

function textReader(
  format: Exclude<TableFormat, 'parquet' | 'arrow' | 'tfrecord'>,
  given: JsonOptions,
): ReadFile {
  if (format === 'csv') {
    const csv = createCsvReader(given.labelColumn, given.expected.shape, given);
    return (file, options) => csv.read(file, options);
  }
  const json = createJsonReader(given);
  if (format === 'ndjson') return (file, options) => json.readLines(file, options);
  return async function* (file, options) {
    // Spark calls files of JSON lines ".json".
    const isLines = await hasObjectALine(file, options);
    yield* isLines ? json.readLines(file, options) : json.readArray(file, options);
  };
}

/**
 * Which of many files are the parts of one table. Files of another kind beside them ("README.md") are
 * left out; but several tables beside each other ("train-0.csv", "test-0.csv") are refused, since reading
 * them as one would mix what was kept apart on purpose.
 */
export function partFilesOf(files: readonly DatasetFile[], format: TableFormat): DatasetFile[] {
  if (files.length === 1) return [...files];
  const called = files.filter(({ name }) => isOfFormat(name, format));
  // Where none is called so, what they are was seen by their bytes.
  const parts = (called.length > 0 ? called : files.filter(isTable)).sort(byName);
  if (parts.length === 0) throw new errors.GLIMPSE_DATASET_EMPTY();
  const apart = parts.find(({ name }) => stemOf(name) !== stemOf(parts[0]!.name));
  if (apart) {
    throw severalInside(
      'it holds several tables, whose names are no parts ("part-...") of one',
      parts.map(({ name }) => name),
    );
  }
  return parts;
}

function isOfFormat(name: string, format: TableFormat): boolean {
  const own = formatOfName(name);
  // A request may call JSON lines either name.
  return own === format || (own === 'json' && format === 'ndjson');
}

function isTable({ name }: DatasetFile): boolean {
  const named = formatOfName(name);
  return named !== undefined && !['idx', 'numpy', 'cifar'].includes(named);
}

/** What the names of all parts of a table begin with: the folder, values of columns aside, and the name up to its numbering. */
function stemOf(name: string): string {
  const base = posix.basename(name);
  const stem = base.startsWith('part-') ? 'part-' : base.split(/[0-9]/, 1)[0]!;
  return `${posix.dirname(withoutPartitions(name))}/${stem}`;
}
