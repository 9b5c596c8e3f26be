import { errors } from '../errors.ts';
import { readHead, type ReadLimits } from './bytes/byte-source.ts';
import { cellsOf, readCsvRecords } from './formats/csv-records.ts';
import { isImageName, printable, type DatasetFile, type DatasetSource } from './places/source.ts';
import type { DatasetFormat } from './spec.ts';
import { idxAxes } from './formats/idx-rows.ts';
import { isCsvManifest, isManifestLine } from './images/image-manifest.ts';
import { parseObject } from './formats/json-object.ts';
import { pixelFields } from './formats/json-rows.ts';
import { readLines } from './bytes/text-lines.ts';

const EXTENSIONS: Record<string, DatasetFormat> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  manifest: 'ndjson',
  idx: 'idx',
  parquet: 'parquet',
  pq: 'parquet',
};

/** The format a name tells: by its extension, the one of a compression aside. */
export function formatOfName(name: string): DatasetFormat | undefined {
  const plain = name.toLowerCase().replace(/\.(gz|snappy)$/, '');
  if (/idx\d|ubyte/.test(plain)) return 'idx';
  return EXTENSIONS[plain.split('.').at(-1) ?? ''];
}

/** The format of a dataset nobody told: by names where there are many files, else by its first bytes. */
export async function detectFormat(
  { files, isFolder }: DatasetSource,
  labels: DatasetFile | undefined,
  limits: ReadLimits,
): Promise<DatasetFormat> {
  if (files.some(({ name }) => isImageName(name))) return 'images';
  const [first] = files;
  if (!first) throw new errors.GLIMPSE_DATASET_EMPTY();
  if (files.length === 1 && !(isFolder && formatOfName(first.name) === undefined)) {
    return formatOfFile(first, limits);
  }
  const formats = new Set(files.map(({ name }) => formatOfName(name)));
  formats.delete(undefined);
  const [format] = formats;
  if (format && formats.size === 1) return format;
  if (!isFolder) return labels || files.length === 2 ? 'idx' : unclear(files);
  return unclear(files);
}

function unclear(files: readonly DatasetFile[]): never {
  const names = files.slice(0, 3).map(({ name }) => printable(name));
  throw new errors.GLIMPSE_DATASET_INVALID(
    `it holds neither images nor data files of one format (${names.join(', ')}); name one file`,
  );
}

async function formatOfFile(file: DatasetFile, limits: ReadLimits): Promise<DatasetFormat> {
  const copy = await file.local(limits.signal);
  try {
    const named = { ...limits, name: file.name };
    const known = await formatOf(file.name, copy.file, named);
    return (await isManifestOf(known, copy.file, named)) ? 'images' : known;
  } finally {
    await copy.release();
  }
}

/** Whether a file of text lists images, instead of holding pixels itself. */
export async function isManifest(file: DatasetFile, limits: ReadLimits): Promise<boolean> {
  const copy = await file.local(limits.signal);
  try {
    return await isManifestOf(formatOfName(file.name), copy.file, { ...limits, name: file.name });
  } finally {
    await copy.release();
  }
}

async function isManifestOf(
  format: DatasetFormat | undefined,
  file: string,
  limits: ReadLimits,
): Promise<boolean> {
  if (format === 'ndjson') {
    const value = await firstObject(file, limits);
    return value !== undefined && isManifestLine(value);
  }
  if (format !== 'csv') return false;
  for await (const record of readCsvRecords(file, limits)) return isCsvManifest(cellsOf(record));
  return false;
}

/** The format of one file, by its name or else by its first bytes. */
export async function formatOf(
  name: string,
  file: string,
  limits: ReadLimits,
): Promise<DatasetFormat> {
  return formatOfName(name) ?? formatOfBytes(file, limits);
}

async function formatOfBytes(file: string, limits: ReadLimits): Promise<DatasetFormat> {
  const head = await readHead(file, 65_536, limits.name);
  if (idxAxes(head) !== undefined) return 'idx';
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text.startsWith('[')) return 'json';
  if (!text.startsWith('{')) return 'csv';
  return (await hasObjectALine(file, limits)) ? 'ndjson' : 'json';
}

/** Whether a JSON file has one example on each line: what many writers, Spark too, call ".json". */
export async function hasObjectALine(file: string, limits: ReadLimits): Promise<boolean> {
  const value = await firstObject(file, limits);
  if (!value) return false;
  return pixelFields.some((field) => Object.hasOwn(value, field)) || isManifestLine(value);
}

/** Longest first line that is looked into: a whole document on one line is no line of a table. */
const MAX_FIRST_LINE_BYTES = 8 * 1024 * 1024;

/** The object on the first line, when there is a whole one. */
async function firstObject(
  file: string,
  limits: ReadLimits,
): Promise<Record<string, unknown> | undefined> {
  try {
    for await (const { text } of readLines(file, limits, MAX_FIRST_LINE_BYTES)) {
      const value = parseObject(text);
      return typeof value === 'string' ? undefined : value;
    }
  } catch (error) {
    if (!(error instanceof errors.GLIMPSE_DATASET_INVALID)) throw error;
  }
  return undefined;
}
