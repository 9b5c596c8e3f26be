import { errors } from '../errors.ts';
import { recognise } from '../image/sniff-format.ts';
import { readHead, type FileOnDisk, type ReadOptions } from './bytes/byte-source.ts';
import { readTextHead } from './bytes/text-source.ts';
import { formatOfName, isImageName, mayBeImage, printable } from './file-names.ts';
import { isCifar } from './formats/cifar/cifar-versions.ts';
import { foreignFiles } from './formats/foreign/foreign-files.ts';
import { knownBytes, refuseForeign } from './formats/foreign/refuse-foreign.ts';
import { hasObjectALine } from './formats/json-rows.ts';
import { isManifest } from './images/image-manifest.ts';
import { severalInside } from './refusal.ts';
import { withLocalCopy, type DatasetFile, type DatasetSource } from './source.ts';
import type { DatasetFormat } from './spec.ts';

/** The format of a dataset, when the request names none: by names where there are many files, else by bytes. */
export async function detectFormat(
  { title, files, isFolder }: DatasetSource,
  labels: DatasetFile | undefined,
  options: ReadOptions,
): Promise<DatasetFormat> {
  if (files.some(({ name }) => isImageName(name))) return 'images';
  const [first] = files;
  if (!first) throw new errors.GLIMPSE_DATASET_EMPTY();
  if (isCifar(files)) return 'cifar';
  const foreign = isFolder && foreignFiles(files.map(({ name }) => name));
  if (foreign) throw refuseForeign(title, foreign);
  if (files.length === 1 && !(isFolder && formatOfName(first.name) === undefined)) {
    return formatOfFile(first, options);
  }
  const formats = new Set(files.map(({ name }) => formatOfName(name)));
  formats.delete(undefined);
  const [format] = formats;
  if (format && formats.size === 1) return format;
  if (!isFolder) return labels || files.length === 2 ? 'idx' : unclear(files, options);
  if (formats.size === 0 && (await holdsUnnamedImages(files, options))) return 'images';
  return unclear(files, options);
}

/** In words, that a file is not what its name says; undefined when it is, and when it says nothing. */
export function misnamedNote(
  { files }: Pick<DatasetSource, 'files'>,
  format: DatasetFormat,
): string | undefined {
  const [file, ...more] = files;
  const named = file && formatOfName(file.name);
  if (named === undefined || more.length > 0 || format === 'images') return undefined;
  // JSON is called either way, with one example on each line or not.
  const isNamed = named === format || (named.endsWith('json') && format.endsWith('json'));
  return isNamed
    ? undefined
    : `"${printable(file!.name)}" is ${format} by its bytes, and is read as that.`;
}

/** Images that are refused by name, each as a bad row. */
const UNREAD_IMAGES = new Set(['BMP', 'HEIC', 'HEIF', 'ICO', 'JPEG 2000', 'JPEG XL', 'PNM', 'SVG']);

/** Whether files in folders are images by their bytes, whatever their names. */
async function holdsUnnamedImages(
  files: readonly DatasetFile[],
  { signal }: ReadOptions,
): Promise<boolean> {
  const file = files.find(({ name }) => name.includes('/') && mayBeImage(name));
  if (!file) return false;
  const found = recognise(await withLocalCopy(file, signal, (copy) => readHead(copy, 512)));
  return 'format' in found || UNREAD_IMAGES.has(found.other);
}

/** Says what the first file is where that is no form of ours, else that there are several. */
async function unclear(files: readonly DatasetFile[], { signal }: ReadOptions): Promise<never> {
  const unnamed = files.find(({ name }) => formatOfName(name) === undefined);
  if (unnamed) await withLocalCopy(unnamed, signal, knownBytes);
  throw severalInside(
    'it holds neither images nor data files of one format',
    files.map(({ name }) => name),
  );
}

function formatOfFile(file: DatasetFile, options: ReadOptions): Promise<DatasetFormat> {
  return withLocalCopy(file, options.signal, async (copy) => {
    const format = await formatOfBytes(copy, options);
    return (await isManifest(format, copy, options)) ? 'images' : format;
  });
}

const EMPTY = { what: 'an empty file', advice: 'was its download or its writer interrupted?' };

/** What a file is by its bytes; the name decides only where text could be several things. */
async function formatOfBytes(file: FileOnDisk, options: ReadOptions): Promise<DatasetFormat> {
  const bytes = await knownBytes(file);
  if (bytes === 'empty') throw refuseForeign(file.name, EMPTY);
  if (bytes !== 'text' && bytes !== 'json') return bytes;
  const named = formatOfName(file.name);
  if (named === 'csv' && bytes === 'text') return 'csv';
  if (named === 'json') return 'json';
  return formatOfText(file, named === 'ndjson', options);
}

/** `isLines`: its name says that it has one example on each line. */
async function formatOfText(
  file: FileOnDisk,
  isLines: boolean,
  options: ReadOptions,
): Promise<DatasetFormat> {
  const head = await readTextHead(file, 65_536);
  // A byte order mark is a blank too.
  const text = head.toString('utf8').trimStart();
  if (text.startsWith('[')) return 'json';
  if (isLines) return 'ndjson';
  if (!text.startsWith('{')) return 'csv';
  return (await hasObjectALine(file, options)) ? 'ndjson' : 'json';
}
