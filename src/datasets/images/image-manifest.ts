import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { cellsOf, readCsvRecords } from '../bytes/csv-records.ts';
import type { DatasetFile } from '../source.ts';
import { isImageName } from '../file-names.ts';
import { parseObject, readFirstObject } from '../bytes/json-object.ts';
import { readLines } from '../bytes/text-lines.ts';
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
const LABEL_NAMES = ['label', 'class', 'target', 'category'];

export interface ManifestOptions extends ReadOptions {
  readonly labelColumn: string | number | undefined;
  /** The file a path of the manifest means; undefined when there is none. */
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

/** Images as a CSV manifest lists them: a column of paths and one of labels. */
export async function* readCsvManifest(
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
      layout = { path, label: findLabel(cells, path, isHeader, options.labelColumn) };
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

function findLabel(
  cells: readonly string[],
  path: number,
  isHeader: boolean,
  labelColumn: string | number | undefined,
): number {
  if (typeof labelColumn === 'number')
    return labelColumn < 0 ? cells.length + labelColumn : labelColumn;
  const wanted = labelColumn === undefined ? LABEL_NAMES : [labelColumn.toLowerCase()];
  const named = isHeader ? cells.findIndex((cell) => wanted.includes(cell.toLowerCase())) : -1;
  if (named >= 0) return named;
  if (labelColumn === undefined && cells.length === 2) return 1 - path;
  throw new errors.GLIMPSE_DATASET_INVALID(
    labelColumn === undefined
      ? `the manifest has no column of labels (${LABEL_NAMES.join(', ')}); set labelColumn`
      : `the manifest has no column "${labelColumn}"`,
  );
}

/** Images as a manifest of JSON lines lists them; SageMaker's augmented manifests are such. */
export async function* readLinesManifest(
  file: FileOnDisk,
  options: ManifestOptions,
): AsyncGenerator<ImageReference> {
  for await (const { text, line } of readLines(file, options)) {
    const value = parseObject(text);
    if (typeof value === 'string') yield { line, name: `line ${line}`, problem: value };
    else yield referTo(line, pathIn(value), labelIn(value, options.labelColumn), options);
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

/** The label attribute, by its name or the first that can be one; its class name where it is told. */
function labelIn(
  value: Record<string, unknown>,
  labelColumn: string | number | undefined,
): unknown {
  const attribute = labelColumn === undefined ? firstAttribute(value) : String(labelColumn);
  if (attribute === undefined) return undefined;
  const metadata = value[`${attribute}-metadata`];
  const name = isRecord(metadata) ? metadata['class-name'] : undefined;
  return typeof name === 'string' ? name : value[attribute];
}

function firstAttribute(value: Record<string, unknown>): string | undefined {
  const candidates = Object.entries(value).filter(
    ([name, attribute]) =>
      !PATH_NAMES.includes(name) && (typeof attribute === 'string' || Number.isInteger(attribute)),
  );
  const telling = candidates.find(([name]) => LABEL_NAMES.includes(name));
  return (telling ?? candidates[0])?.[0];
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
