import { posix } from 'node:path';
import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { cellsOf, readCsvRecords, type CsvRecord } from '../bytes/csv-records.ts';
import type { DatasetFile } from '../source.ts';
import { parseObject, readFirstObject } from '../bytes/json-object.ts';
import { readLines } from '../bytes/text-lines.ts';
import { readTextHead } from '../bytes/text-source.ts';
import { findLabelColumn, type LabelColumn, type OnLabel } from '../label-column.ts';
import {
  findManifestLayout,
  findPathColumn,
  pathNames,
  rowsToLookAt,
  type ManifestLayout,
} from './manifest-layout.ts';
import type { ImageReference } from './image-reference.ts';
import { isRecord } from '../../json.ts';
import type { DatasetFormat } from '../spec.ts';

/** A table with more columns is one of pixels: its first row is enough. */
const MAX_COLUMNS = 64;

export interface ManifestOptions extends ReadOptions {
  readonly labelColumn: LabelColumn;
  readonly onLabel?: OnLabel | undefined;
  /** Whether a cell is the name of an image that is there. */
  readonly isImage?: (cell: string) => boolean;
  /** The file at a path of the manifest; undefined when there is none. */
  find(path: string): Promise<DatasetFile | undefined>;
}

/**
 * Whether a file of text lists images, instead of holding pixels itself: `isImage` knows the names of those
 * beside it.
 */
export async function isManifest(
  format: DatasetFormat | undefined,
  file: FileOnDisk,
  options: ReadOptions,
  isImage?: (cell: string) => boolean,
): Promise<boolean> {
  if (format === 'ndjson') {
    const value = await readFirstObject(file, options);
    return value !== undefined && isManifestLine(value);
  }
  if (format !== 'csv') return false;
  const rows: string[][] = [];
  for await (const record of readCsvRecords(file, options)) {
    rows.push(cellsOf(record));
    if (rows.length === rowsToLookAt || rows[0]!.length > MAX_COLUMNS) break;
  }
  return findPathColumn(rows, isImage) !== undefined;
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
  const head = await readTextHead(file, 64);
  return !/^\uFEFF?\s*[[{]/.test(head.toString('utf8'));
}

/** A column of paths and one of labels; its first rows are looked at before any is given. */
async function* readCsvManifest(
  file: FileOnDisk,
  options: ManifestOptions,
): AsyncGenerator<ImageReference> {
  const { labelColumn, onLabel, isImage = () => false } = options;
  const begun: CsvRecord[] = [];
  let layout: ManifestLayout | undefined;
  const refer = function* (known: ManifestLayout): Generator<ImageReference> {
    for (const record of begun.splice(0)) {
      const cells = cellsOf(record);
      yield referTo(record.line, cells[known.path], cells[known.label], options);
    }
  };
  const decide = (): ManifestLayout => {
    const found = findManifestLayout(begun.map(cellsOf), labelColumn, isImage);
    const names = found.hasHeader ? cellsOf(begun.shift()!) : [];
    const by = labelColumn === undefined ? (found.hasHeader ? 'name' : 'contents') : 'request';
    onLabel?.({ column: names[found.label] ?? found.label, by });
    return found;
  };
  for await (const record of readCsvRecords(file, options)) {
    begun.push(record);
    if (!layout && begun.length < rowsToLookAt) continue;
    layout ??= decide();
    yield* refer(layout);
  }
  if (begun.length > 0) yield* refer(decide());
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
      if (attribute === undefined) {
        attribute = findLabelAttribute(value, options.labelColumn);
        const by = options.labelColumn === undefined ? 'name' : 'request';
        if (attribute !== undefined) options.onLabel?.({ column: attribute, by });
      }
      yield referTo(line, pathIn(value), labelIn(value, attribute), options);
    }
  }
}

/** Whether a JSON object is a line of a manifest: it names a file, and holds no pixels itself. */
export function isManifestLine(value: Record<string, unknown>): boolean {
  return pathIn(value) !== undefined && !Object.values(value).some(Array.isArray);
}

function pathIn(value: Record<string, unknown>): string | undefined {
  return pathNames.map((name) => value[name]).find((path) => typeof path === 'string');
}

/** The first line that has more than a path decides. SageMaker marks the label by metadata beside it. */
function findLabelAttribute(
  value: Record<string, unknown>,
  labelColumn: LabelColumn,
): string | undefined {
  const names = Object.keys(value);
  const [told, ...more] = names.filter((name) => isRecord(value[`${name}-metadata`]));
  if (labelColumn === undefined && told !== undefined && more.length === 0) return told;
  const isPath = (field: number): boolean => pathNames.includes(names[field]!);
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
