import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errors } from '../../errors.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import type { Buckets } from './bucket.ts';
import {
  byName,
  isIdxImages,
  isNpyName,
  npyLabelsNames,
  printable,
  toLabelsName,
} from '../file-names.ts';
import { listed, undecided } from '../refusal.ts';
import {
  withLocalCopy,
  type DatasetFile,
  type DatasetSource,
  type LocatedDataset,
} from '../source.ts';
import type { DatasetSpec, UploadedFile } from '../spec.ts';
import {
  allowedPath,
  localCopy,
  localFile,
  localFileSource,
  localFolderSource,
  localFilesSource,
} from './local.ts';
import type { DatasetStorage } from './stored.ts';

/** Where datasets may come from on this machine. */
export interface DatasetRoots {
  /**
   * `file:` datasets must really lie under this folder, links followed. Undefined: anywhere, relative
   * to the working directory; only for callers who could read the file themselves.
   */
  readonly root: string | undefined;
  /** s3:// datasets must lie under one of these URIs. Undefined: anywhere. */
  readonly buckets: readonly string[] | undefined;
  readonly mnistDir: string;
  readonly samplesDir: string;
  /** Opens the store of an s3:// URI; training itself speaks to no cloud. */
  openStore(uri: string): ArtifactStore;
  /** Opens the repository, beside whose models the stored datasets lie. */
  openRepository(): DatasetStorage;
}

/** In errors for clients a folder of this machine is named by its setting. */
const mnistSetting = 'GLIMPSE_MNIST_DIR';

export interface LocateOptions {
  readonly uploads: readonly UploadedFile[];
  /** Left out where nothing may be downloaded. */
  readonly buckets?: Buckets;
  readonly maxFiles: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The files a dataset is made of. Throws GLIMPSE_DATASET_FORBIDDEN for a path that leaves the allowed
 * folder by "..", absolute path or link, and GLIMPSE_DATASET_NOT_FOUND where there is none.
 */
export async function locateDataset(
  spec: DatasetSpec,
  roots: DatasetRoots,
  options: LocateOptions,
): Promise<LocatedDataset> {
  if (spec.uri === undefined) return { source: await uploadedFiles(options.uploads) };
  const rest = spec.uri.slice(spec.uri.indexOf(':') + 1);
  switch (schemeOf(spec.uri)) {
    case 'mnist':
      return { source: await splitSource(roots.mnistDir, rest || 'train', spec.uri, mnistSetting) };
    case 'sample':
      return { source: await splitSource(roots.samplesDir, rest || 'train', spec.uri, 'samples') };
    case 's3':
      return withLabels(await bucketsOf(options).open(spec.uri), spec, roots, options);
    case 'file':
      return withLabels(await localSource(spec.uri, roots, options), spec, roots, options);
    default:
      throw new errors.GLIMPSE_DATASET_INVALID(
        `its scheme "${schemeOf(spec.uri)}:" is not one of dataset:, mnist:, sample:, file: and s3:`,
      );
  }
}

/** The scheme of a dataset's URI, lower case; a plain path is a file. */
export function schemeOf(uri: string): string {
  return /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase() ?? 'file';
}

async function uploadedFiles(uploads: readonly UploadedFile[]): Promise<DatasetSource> {
  if (uploads.length === 0) throw new errors.GLIMPSE_DATASET_NOT_FOUND('an upload');
  // When an upload was written says nothing of it: the same file sent again is the same.
  const files = uploads.map(({ name, file }) => localCopy(basename(name), file));
  return localFilesSource('the upload', await Promise.all(files));
}

/** How the files of a split begin. MNIST's own call the test split "t10k". */
const prefixesOfSplit: ReadonlyMap<string, readonly string[]> = new Map([
  ['train', ['train']],
  ['test', ['test', 't10k']],
]);

/** The images and labels of one split ("train", "test") in a folder of IDX files. */
async function splitSource(
  folder: string,
  split: string,
  uri: string,
  folderName: string,
): Promise<DatasetSource> {
  const prefixes = prefixesOfSplit.get(split);
  if (prefixes === undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(`"${uri}" names neither train nor test`);
  }
  const found = await readdir(folder).catch(() => []);
  const names = found
    .map((name) => ({ name }))
    .sort(byName)
    .map(({ name }) => name);
  const images = names.find(
    (name) => isIdxImages(name) && prefixes.some((prefix) => name.startsWith(prefix)),
  );
  if (images === undefined || !names.includes(toLabelsName(images))) {
    throw new errors.GLIMPSE_DATASET_NOT_FOUND(`${uri} (looked in ${folderName})`);
  }
  const files = [images, toLabelsName(images)].map((name) => localFile(name, join(folder, name)));
  return localFilesSource(uri, await Promise.all(files));
}

async function localSource(
  uri: string,
  { root }: DatasetRoots,
  { maxFiles, signal }: LocateOptions,
): Promise<DatasetSource> {
  const path = await allowedPath(uri, root);
  const found = await stat(path);
  if (found.isDirectory()) return localFolderSource(uri, path, { root, maxFiles, signal });
  return localFileSource(uri, root);
}

/** The array of labels beside a lone array of images, by the names that go with it; several are asked about. */
async function besideArray(
  source: DatasetSource,
  images: string,
): Promise<DatasetFile | undefined> {
  const found = new Map<string, DatasetFile>();
  for (const name of npyLabelsNames(images)) {
    const file = await source.find(name);
    // Where case does not count, "Y" is "y" once more.
    const key = name.toLowerCase();
    if (file && !found.has(key) && (await isThere(file))) found.set(key, file);
  }
  const [only, ...more] = found.values();
  if (more.length === 0) return only;
  const names = [...found.values()].map(({ name }) => name);
  const values = names.map((name) => source.title.replace(/[^/]*$/, name));
  throw undecided(
    'labelsUri',
    `several arrays beside "${printable(images)}" could be its labels (${listed(names)}); name one by labelsUri (--labels-uri)`,
    source.title.endsWith(images) ? { values } : {},
  );
}

/** Whether a file can be read: of a bucket only reading tells. */
function isThere(file: DatasetFile): Promise<boolean> {
  return withLocalCopy(file, undefined, async () => true).catch((error: unknown) => {
    if (error instanceof errors.GLIMPSE_DATASET_NOT_FOUND) return false;
    throw error;
  });
}

/** With the file of labels that the request names, or that goes with the one there is. */
async function withLabels(
  source: DatasetSource,
  { labelsUri }: DatasetSpec,
  { root }: DatasetRoots,
  options: LocateOptions,
): Promise<LocatedDataset> {
  if (labelsUri !== undefined) {
    if (schemeOf(labelsUri) === 's3') return { source, labels: bucketsOf(options).file(labelsUri) };
    const path = await allowedPath(labelsUri, root);
    return { source, labels: await localFile(basename(path), path) };
  }
  return { source, labels: await labelsBeside(source) };
}

/** The labels that go with a lone file of IDX images or NumPy's, by its name; undefined for anything else. */
export async function labelsBeside(source: DatasetSource): Promise<DatasetFile | undefined> {
  const [first] = source.files;
  if (source.isFolder || !first) return undefined;
  if (isNpyName(first.name)) return besideArray(source, first.name);
  if (!isIdxImages(first.name)) return undefined;
  const name = toLabelsName(first.name);
  const labels = await source.find(name);
  if (labels) return labels;
  throw new errors.GLIMPSE_DATASET_NOT_FOUND(name);
}

function bucketsOf({ buckets }: LocateOptions): Buckets {
  if (buckets) return buckets;
  throw new Error('nothing may be downloaded here: this is our bug');
}
