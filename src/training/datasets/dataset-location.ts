import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors, withDetails } from '../../errors.ts';
import type { ArtifactStore } from '../../repository/artifact-store.ts';
import type { DatasetSpec, UploadedFile } from './dataset-spec.ts';

/** Where datasets may come from on this machine. */
export interface DatasetPlaces {
  /**
   * `file:` datasets must really lie under this folder, links followed. Undefined: anywhere, relative
   * to the working directory; only for callers who could read the file themselves.
   */
  readonly root: string | undefined;
  readonly mnistDir: string;
  readonly samplesDir: string;
  /** Opens the store of an s3:// URI; training itself speaks to no cloud. */
  openStore(uri: string): ArtifactStore;
}

/** One file of a dataset, readable here and now. */
export interface LocatedFile {
  /** Its own name, which tells the format. */
  readonly name: string;
  readonly file: string;
}

export interface LocateOptions {
  readonly uploads: readonly UploadedFile[];
  /** A folder of this run's own for what has to be downloaded. */
  readonly workDir: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** IDX: the labels' file name that goes with an images' file name. */
const toLabelsName = (name: string): string =>
  name.replace(/images/i, 'labels').replace(/idx3/i, 'idx1');

/** A name that says "IDX images" whose labels lie beside it. */
export function isIdxImages(name: string): boolean {
  return /images/i.test(name) && /idx|ubyte/i.test(name);
}

/**
 * The files a dataset is made of. Throws GLIMPSE_DATASET_FORBIDDEN for a path that leaves the allowed
 * folder by "..", absolute path or link, and GLIMPSE_DATASET_NOT_FOUND where there is none.
 */
export async function locateDataset(
  spec: DatasetSpec,
  places: DatasetPlaces,
  options: LocateOptions,
): Promise<LocatedFile[]> {
  if (spec.uri === undefined) return locateUploads(options.uploads);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(spec.uri)?.[1]?.toLowerCase() ?? 'file';
  const rest = spec.uri.slice(spec.uri.indexOf(':') + 1);
  switch (scheme) {
    case 'mnist':
      return locatePair(places.mnistDir, rest || 'train', spec.uri);
    case 'sample':
      return locatePair(places.samplesDir, rest || 'train', spec.uri);
    case 's3':
      return downloadAll(spec, places, options);
    case 'file':
      return locateLocal(spec, places.root);
    default:
      throw new errors.GLIMPSE_DATASET_INVALID(
        `its scheme "${scheme}:" is not one of mnist:, sample:, file: and s3:`,
      );
  }
}

function locateUploads(uploads: readonly UploadedFile[]): LocatedFile[] {
  if (uploads.length === 0) throw new errors.GLIMPSE_DATASET_NOT_FOUND('an upload');
  return uploads.map(({ name, file }) => ({ name: basename(name), file }));
}

/** The images and labels of one part ("train", "test") in a folder of IDX files. */
async function locatePair(folder: string, part: string, uri: string): Promise<LocatedFile[]> {
  // MNIST's own files call the test part "t10k".
  const prefixes = { train: ['train'], test: ['test', 't10k'] }[part];
  if (prefixes === undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(`"${uri}" names neither train nor test`);
  }
  const names = (await readdir(folder).catch(() => [])).sort((a, b) => (a < b ? -1 : 1));
  const images = names.find(
    (name) => isIdxImages(name) && prefixes.some((prefix) => name.startsWith(prefix)),
  );
  const labels = images === undefined ? undefined : toLabelsName(images);
  if (images === undefined || labels === undefined || !names.includes(labels)) {
    throw new errors.GLIMPSE_DATASET_NOT_FOUND(`${uri} (looked in ${folder})`);
  }
  return [images, labels].map((name) => ({ name, file: join(folder, name) }));
}

async function locateLocal(spec: DatasetSpec, root: string | undefined): Promise<LocatedFile[]> {
  const file = await allowedPath(spec.uri ?? '', root);
  const found = await stat(file);
  if (found.isDirectory()) return locatePair(file, 'train', spec.uri ?? file);
  if (!found.isFile()) throw new errors.GLIMPSE_DATASET_INVALID('it is no regular file');
  const images = { name: basename(file), file };
  if (spec.labelsUri !== undefined) {
    const labels = await allowedPath(spec.labelsUri, root);
    return [images, { name: basename(labels), file: labels }];
  }
  if (!isIdxImages(images.name)) return [images];
  const labels = await allowedPath(join(file, '..', toLabelsName(images.name)), root);
  return [images, { name: basename(labels), file: labels }];
}

/** The real path behind a `file:` URI or plain path, when it lies under the real root. */
async function allowedPath(uri: string, root: string | undefined): Promise<string> {
  const path = pathOf(uri);
  // A NUL byte would end the path early in the system call.
  if (path === undefined || path.includes('\0')) throw new errors.GLIMPSE_DATASET_FORBIDDEN(uri);
  if (root === undefined) return existing(uri, resolve(path));
  const realRoot = await realpath(root).catch(() => resolve(root));
  const wanted = resolve(root, path);
  const isInside = isWithin(realRoot, wanted) || isWithin(resolve(root), wanted);
  const real = await existing(uri, wanted).catch((error: unknown) => {
    // Outside of the root nothing is told about what exists.
    throw isInside ? error : new errors.GLIMPSE_DATASET_FORBIDDEN(uri);
  });
  if (!isWithin(realRoot, real)) throw new errors.GLIMPSE_DATASET_FORBIDDEN(uri);
  return real;
}

async function existing(uri: string, path: string): Promise<string> {
  return realpath(path).catch((error: unknown) => {
    throw withDetails(new errors.GLIMPSE_DATASET_NOT_FOUND(uri), {}, error);
  });
}

function pathOf(uri: string): string | undefined {
  if (/^file:\/\//i.test(uri)) {
    try {
      return fileURLToPath(uri);
    } catch {
      return undefined;
    }
  }
  return uri.replace(/^file:/i, '');
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Brings s3://bucket/key (and the labels beside it) into the run's own folder. */
async function downloadAll(
  spec: DatasetSpec,
  places: DatasetPlaces,
  options: LocateOptions,
): Promise<LocatedFile[]> {
  const uri = spec.uri ?? '';
  const name = posix.basename(uri);
  const uris = [uri];
  if (spec.labelsUri !== undefined) uris.push(spec.labelsUri);
  else if (isIdxImages(name)) uris.push(posix.join(posix.dirname(uri), toLabelsName(name)));
  const files: LocatedFile[] = [];
  for (const [index, each] of uris.entries()) {
    files.push(await download(each, join(options.workDir, `download-${index}`), places, options));
  }
  return files;
}

async function download(
  uri: string,
  file: string,
  places: DatasetPlaces,
  options: LocateOptions,
): Promise<LocatedFile> {
  const parts = /^s3:\/*([^/]+)\/(.+)$/.exec(uri);
  const [, bucket = '', key = ''] = parts ?? [];
  if (!parts || key.endsWith('/')) {
    throw new errors.GLIMPSE_DATASET_INVALID(`"${uri}" is not s3://bucket/key`);
  }
  const store = places.openStore(`s3://${bucket}`);
  try {
    const found = await store.download(key, file, {
      maxBytes: options.maxBytes,
      ...(options.signal && { signal: options.signal }),
    });
    if (!found) throw new errors.GLIMPSE_DATASET_NOT_FOUND(uri);
  } finally {
    await store.close();
  }
  return { name: posix.basename(key), file };
}
