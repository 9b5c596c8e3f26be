import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import { readHead, type FileOnDisk, type ReadOptions } from '../bytes/byte-source.ts';
import { cellsOf, readCsvRecords } from '../bytes/csv-records.ts';
import type { DatasetFile } from '../source.ts';
import { formatOfName, isImageName } from '../file-names.ts';
import { parseObject, readFirstObject } from '../bytes/json-object.ts';
import { readLines } from '../bytes/text-lines.ts';
import { columnAt, findLabelColumn, type LabelColumn } from '../label-column.ts';
import type { ImageReference } from './image-reference.ts';
import { isRecord } from '../../json.ts';
import type { DatasetFormat } from '../spec.ts';

/** Names of the column or field that holds an image's path; the first is SageMaker's. */
const PATH_NAMES = [
  'source-ref',
  'path',
  'file',
  'filename',
  'file_name',
  'filepath',
  'image_path',
];

export interface ManifestOptions extends ReadOptions {
  readonly labelColumn: LabelColumn;
  /** The file at a path of the manifest; undefined when there is none. */
  find(path: string): Promise<DatasetFile | undefined>;
}

/** Whether a file of text lists images, instead of holding pixels itself. */
export async function isManifest(
  format: DatasetFormat | undefined,
  file: FileOnDisk,
  options: ReadOptions,
): Promise<boolean> {
  if (format === 'ndjson') {
    const value = await readFirstObject(file, options);
    return value !== undefined && isManifestLine(value);
  }
  if (format !== 'csv') return false;
  for await (const record of readCsvRecords(file, options)) return isCsvManifest(cellsOf(record));
  return false;
}

/** Images as a manifest lists them, in its order. */
export async function* readManifest(
  file: FileOnDisk,
  options: ManifestOptions,
): AsyncGenerator<ImageReference> {
  yield* (await isCsv(file)) ? readCsvManifest(file, options) : readLinesManifest(file, options);
}

/** A manifest is a table of text: what does not begin as JSON does is CSV. */
async function isCsv(file: FileOnDisk): Promise<boolean> {
  const format = formatOfName(file.name);
  if (format !== undefined) return format === 'csv';
  const head = await readHead(file, 64);
  return !/^\uFEFF?\s*[[{]/.test(head.toString('utf8'));
}

/** A column of paths and one of labels. */
async function* readCsvManifest(
  file: FileOnDisk,
  options: ManifestOptions,
): AsyncGenerator<ImageReference> {
  let layout: { path: number; label: number } | undefined;
  for await (const record of readCsvRecords(file, options)) {
    const cells = cellsOf(record);
    if (!layout) {
      const path = findPath(cells);
      if (path === undefined) throw noPaths();
      const isHeader = !isImageName(cells[path] ?? '');
      const label = isHeader
        ? findLabelColumn(cells, options.labelColumn, (column) => column === path)
        : labelBeside(path, cells, options.labelColumn);
      layout = { path, label };
      if (isHeader) continue;
    }
    const { line } = record;
    yield referTo(line, cells[layout.path], cells[layout.label], options);
  }
}

/** Whether the first row of a CSV file says that it lists images. */
function isCsvManifest(cells: readonly string[]): boolean {
  return findPath(cells) !== undefined;
}

/** The column of paths: by its name in a header, else the first that names an image. */
function findPath(cells: readonly string[]): number | undefined {
  const named = cells.findIndex((cell) => PATH_NAMES.includes(cell.toLowerCase()));
  const found = named >= 0 ? named : cells.findIndex(isImageName);
  return found < 0 ? undefined : found;
}

/** Nothing names the columns: the label is the one asked for by position, else the only other one. */
function labelBeside(path: number, cells: readonly string[], labelColumn: LabelColumn): number {
  if (typeof labelColumn === 'number') return columnAt(cells.length, labelColumn);
  if (typeof labelColumn === 'string') return findLabelColumn(cells, labelColumn);
  if (cells.length === 2) return 1 - path;
  throw new errors.GLIMPSE_DATASET_INVALID(
    `the manifest has no header, and ${cells.length} columns; choose that of the labels by its position: labelColumn (--label-column)`,
  );
}

/** A JSON object a line; SageMaker's augmented manifests are such. */
async function* readLinesManifest(
  file: FileOnDisk,
  options: ManifestOptions,
): AsyncGenerator<ImageReference> {
  let attribute: string | undefined;
  for await (const { text, line } of readLines(file, options)) {
    const value = parseObject(text);
    if (typeof value === 'string') yield { line, name: `line ${line}`, problem: value };
    else {
      attribute ??= findLabelAttribute(value, options.labelColumn);
      yield referTo(line, pathIn(value), labelIn(value, attribute), options);
    }
  }
}

/** Whether a JSON object is a line of a manifest: it names a file, and holds no pixels itself. */
export function isManifestLine(value: Record<string, unknown>): boolean {
  return pathIn(value) !== undefined && !Object.values(value).some(Array.isArray);
}

function pathIn(value: Record<string, unknown>): string | undefined {
  const found = PATH_NAMES.map((name) => value[name]).find((path) => typeof path === 'string');
  return typeof found === 'string' ? found : undefined;
}

/** The first line that has more than a path decides. SageMaker marks the label by metadata beside it. */
function findLabelAttribute(
  value: Record<string, unknown>,
  labelColumn: LabelColumn,
): string | undefined {
  const names = Object.keys(value);
  const [told, ...more] = names.filter((name) => isRecord(value[`${name}-metadata`]));
  if (labelColumn === undefined && told !== undefined && more.length === 0) return told;
  const isPath = (field: number): boolean => PATH_NAMES.includes(names[field]!);
  if (names.every((_, field) => isPath(field))) return undefined;
  return names[findLabelColumn(names, labelColumn, isPath)];
}

/** The class name in the metadata of the attribute, else the attribute itself. */
function labelIn(value: Record<string, unknown>, attribute: string | undefined): unknown {
  if (attribute === undefined) return undefined;
  const metadata = value[`${attribute}-metadata`];
  const name = isRecord(metadata) ? metadata['class-name'] : undefined;
  return typeof name === 'string' ? name : value[attribute];
}

function referTo(
  line: number,
  path: string | undefined,
  label: unknown,
  options: ManifestOptions,
): ImageReference {
  if (path === undefined || path === '')
    return { line, name: `line ${line}`, problem: 'it names no file' };
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(path)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 's3') {
    return { line, name: path, problem: `"${scheme}:" is not read; give a path or s3://` };
  }
  if (posix.isAbsolute(path) || path.includes('\0')) {
    return { line, name: path, problem: 'its path is not relative to the dataset' };
  }
  return { line, name: path, label, find: () => options.find(path) };
}

function noPaths(): Error {
  return new errors.GLIMPSE_DATASET_INVALID(
    `the manifest has no column of paths (${PATH_NAMES.join(', ')})`,
  );
}
