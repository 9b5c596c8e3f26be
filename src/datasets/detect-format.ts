import { errors } from '../errors.ts';
import { recognise } from '../image/sniff-format.ts';
import { readHead, type FileOnDisk, type ReadOptions } from './bytes/byte-source.ts';
import { readTextHead } from './bytes/text-source.ts';
import { formatOfName, isImageName, mayBeImage } from './file-names.ts';
import { idxAxes } from './formats/idx-rows.ts';
import { isArrow } from './formats/arrow/ipc-messages.ts';
import { isNpy } from './formats/numpy/npy-header.ts';
import { hasObjectALine } from './formats/json-rows.ts';
import { isManifest } from './images/image-manifest.ts';
import { severalInside } from './refusal.ts';
import { withLocalCopy, type DatasetFile, type DatasetSource } from './source.ts';
import type { DatasetFormat } from './spec.ts';

/** The format of a dataset, when the request names none: by names where there are many files, else by bytes. */
export async function detectFormat(
  { files, isFolder }: DatasetSource,
  labels: DatasetFile | undefined,
  options: ReadOptions,
): Promise<DatasetFormat> {
  if (files.some(({ name }) => isImageName(name))) return 'images';
  const [first] = files;
  if (!first) throw new errors.GLIMPSE_DATASET_EMPTY();
  if (files.length === 1 && !(isFolder && formatOfName(first.name) === undefined)) {
    return formatOfFile(first, options);
  }
  const formats = new Set(files.map(({ name }) => formatOfName(name)));
  formats.delete(undefined);
  const [format] = formats;
  if (format && formats.size === 1) return format;
  if (!isFolder) return labels || files.length === 2 ? 'idx' : unclear(files);
  if (formats.size === 0 && (await holdsUnnamedImages(files, options))) return 'images';
  return unclear(files);
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

function unclear(files: readonly DatasetFile[]): never {
  throw severalInside(
    'it holds neither images nor data files of one format',
    files.map(({ name }) => name),
  );
}

function formatOfFile(file: DatasetFile, options: ReadOptions): Promise<DatasetFormat> {
  return withLocalCopy(file, options.signal, async (copy) => {
    const known = formatOfName(file.name) ?? (await formatOfBytes(copy, options));
    return (await isManifest(known, copy, options)) ? 'images' : known;
  });
}

async function formatOfBytes(file: FileOnDisk, options: ReadOptions): Promise<DatasetFormat> {
  const head = await readTextHead(file, 65_536);
  if (idxAxes(head) !== undefined) return 'idx';
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  if (isNpy(head)) return 'numpy';
  if (isArrow(head)) return 'arrow';
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text.startsWith('[')) return 'json';
  if (!text.startsWith('{')) return 'csv';
  return (await hasObjectALine(file, options)) ? 'ndjson' : 'json';
}
