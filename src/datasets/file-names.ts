import type { DatasetFormat } from './spec.ts';

/** What is known of a file by its name alone. Names are paths inside the dataset. */

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
  arrow: 'arrow',
  feather: 'arrow',
  ipc: 'arrow',
  arrows: 'arrow',
  npy: 'numpy',
  npz: 'numpy',
};

/** The format of a name's extension, that of a compression aside. */
export function formatOfName(name: string): DatasetFormat | undefined {
  const plain = name.toLowerCase().replace(/\.(gz|bz2|xz|zst|snappy)$/, '');
  if (/idx\d|ubyte/.test(plain)) return 'idx';
  if (/\.tfrecords?(-\d+-of-\d+)?$/.test(plain)) return 'tfrecord';
  if (cifarOfName(name) === 10) return 'cifar';
  return EXTENSIONS[plain.split('.').at(-1)!];
}

/** Which CIFAR a name says, that of 10 or of 100 classes; the names of the latter could be anything's. */
export function cifarOfName(name: string): 10 | 100 | undefined {
  if (/(^|\/)(data_batch_\d+|test_batch)(\.bin)?$/.test(name)) return 10;
  return /(^|\/)((train|test)\.bin|cifar-100-python\/(train|test))$/.test(name) ? 100 : undefined;
}

/** Whether a file of CIFAR is called as in its Python version. */
export function isPickledCifar(name: string): boolean {
  return /(^|\/)(data_batch_\d+|test_batch|cifar-100-python\/(train|test))$/.test(name);
}

/** IDX: the labels' file name that goes with an images' file name. */
export const toLabelsName = (name: string): string =>
  name.replace(/images/i, 'labels').replace(/idx3/i, 'idx1');

/** A name that says "IDX images" whose labels lie beside it. */
export function isIdxImages(name: string): boolean {
  return /images/i.test(name) && /idx|ubyte/i.test(name);
}

/** Whether a name says that the file is one array of NumPy. */
export function isNpyName(name: string): boolean {
  return /\.npy(\.gz)?$/i.test(name);
}

/** Whether a name says that the file is an archive of NumPy's arrays. */
export function isNpzName(name: string): boolean {
  return /\.npz$/i.test(name);
}

/** NumPy: what the labels that go with an array of images may be called, "y_train.npy" for "x_train.npy". */
export function npyLabelsNames(name: string): string[] {
  const images = /images?|imgs?|pixels|features|data/i;
  const named = ['labels', 'label', 'targets', 'target', 'y'].map((word) =>
    name.replace(images, word),
  );
  const lettered = ['y', 'Y'].map((letter) => name.replace(/(^|[_-])x(?=[_.-])/i, `$1${letter}`));
  return [...new Set([...named, ...lettered])].filter((other) => other !== name);
}

/** ".DS_Store", ".part-0.csv.crc" and the folder that macOS adds to archives. */
export function isHidden(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
}

/** What the writers of tables keep for themselves: "_SUCCESS", "_temporary/...". */
export function isUnderscored(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('_'));
}

/** What Hadoop, Spark and Databricks leave beside the parts they write. */
export function isMarker(name: string): boolean {
  return /(^|\/)_(SUCCESS|temporary|committed|started|metadata|common_metadata|delta_log)/.test(
    name,
  );
}

/** Whether a name says that the file holds other files, of a kind that is read or of another. */
export function isArchiveName(name: string): boolean {
  return /\.(zip|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst|lz4|z)|7z|rar)$/i.test(name);
}

/** Whether a name says that the file is an image. */
export function isImageName(name: string): boolean {
  return /\.(png|jpe?g|jpe|webp|gif|avif|tiff?)$/i.test(name);
}

/** Whether a file in a folder for a class may be an image, read or not: by its name, or as it has no extension. */
export function mayBeImage(name: string): boolean {
  return (
    isImageName(name) ||
    /\.(bmp|dib|jfif|heic|heif|jp2|j2k|jxl|ico|svg|psd|p[bgpn]m|tga|exr|hdr|dng|dcm|cr2|nef)$/i.test(
      name,
    ) ||
    /\/[^/.]+$/.test(name)
  );
}

/** Folders that systems and tools make for themselves; images in them are none of the dataset. */
const JUNK_FOLDER =
  /^(__MACOSX|_temporary|_delta_log|\.(ipynb_checkpoints|git|svn|cache|idea|vscode|venv|AppleDouble|DS_Store|thumb.*|Trash.*|Spotlight.*|fseventsd|picasa.*|@.*))$/i;

/** Whether an image lies in a folder that is passed over for its name alone: "_defect", ".net". */
export function isPassedOverImage(name: string): boolean {
  const folders = name.split('/').slice(0, -1);
  return (
    isImageName(name) &&
    folders.some((folder) => /^[._]/.test(folder)) &&
    !folders.some((folder) => JUNK_FOLDER.test(folder))
  );
}

/** The order of every folder, the same on each machine and store: by UTF-16 code units. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name < b.name) return -1;
  return a.name > b.name ? 1 : 0;
}

/** The text without control characters, so that it can be logged and shown, and at most 200 characters. */
export function printable(text: string): string {
  const shown = JSON.stringify(text).slice(1, -1);
  return shown.length > 200 ? `${shown.slice(0, 200)}...` : shown;
}
