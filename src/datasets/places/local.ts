import { readdir, realpath, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors, withDetails } from '../../errors.ts';
import {
  ignoreMore,
  separateIgnored,
  type DatasetFile,
  type DatasetSource,
  type LocalCopy,
} from '../source.ts';

/** Datasets on this disk. With links followed, every file must be under one folder. */

/**
 * The real path behind a `file:` URI or plain path, when it lies under the real root. Without a root any
 * path is allowed, relative to the working directory: only for callers who could read the file themselves.
 */
export async function allowedPath(uri: string, root: string | undefined): Promise<string> {
  const path = pathOf(uri);
  // A NUL byte would end the path early in the system call.
  if (path === undefined || path.includes('\0')) throw new errors.GLIMPSE_DATASET_FORBIDDEN(uri);
  if (root === undefined) return existing(uri, resolve(path));
  const realRoot = await realpath(root).catch(() => resolve(root));
  const wanted = resolve(root, path);
  const isInside = isWithin(realRoot, wanted) || isWithin(resolve(root), wanted);
  const real = await existing(`${uri} (looked in GLIMPSE_DATASET_ROOT)`, wanted).catch(
    (error: unknown) => {
      // A caller must not learn which files exist outside of the root.
      throw isInside ? error : new errors.GLIMPSE_DATASET_FORBIDDEN(uri);
    },
  );
  if (!isWithin(realRoot, real)) throw new errors.GLIMPSE_DATASET_FORBIDDEN(uri);
  return real;
}

async function existing(place: string, path: string): Promise<string> {
  return realpath(path).catch((error: unknown) => {
    throw withDetails(new errors.GLIMPSE_DATASET_NOT_FOUND(place), {}, error);
  });
}

/** The path of a `file:` URI, or the plain path; undefined for a URI that has none. */
export function pathOf(uri: string): string | undefined {
  if (/^file:\/\//i.test(uri)) {
    try {
      return fileURLToPath(uri);
    } catch {
      return undefined;
    }
  }
  return uri.replace(/^file:/i, '');
}

/** Whether a path is a folder or lies in it; no link is followed. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A file of this disk, under the name it has in its dataset. */
export async function localFile(name: string, file: string): Promise<DatasetFile> {
  const found = await stat(file);
  if (!found.isFile()) throw new errors.GLIMPSE_DATASET_INVALID('it is no regular file');
  return new FileInPlace(name, file, found.size, found.mtimeMs);
}

/** A copy of a file that lies elsewhere. */
export async function localCopy(name: string, file: string): Promise<DatasetFile> {
  return new FileInPlace(name, file, (await stat(file)).size, undefined);
}

class FileInPlace implements DatasetFile {
  readonly name: string;
  readonly size: number;
  readonly modifiedMs: number | undefined;
  readonly #path: string;

  constructor(name: string, path: string, size: number, modifiedMs: number | undefined) {
    this.name = name;
    this.size = size;
    this.modifiedMs = modifiedMs;
    this.#path = path;
  }

  async read(maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.size > maxBytes) {
      throw new errors.GLIMPSE_DATASET_INVALID(
        `it has ${this.size} bytes; at most ${maxBytes} are read`,
      );
    }
    return readFile(this.#path, signal ? { signal } : {});
  }

  async local(): Promise<LocalCopy> {
    return { path: this.#path, name: this.name, release: async () => {} };
  }
}

/** Some files by themselves; other files are found beside the first, when a root is given to stay in. */
export function localFilesSource(
  title: string,
  files: readonly DatasetFile[],
  beside?: { readonly folder: string; readonly root: string | undefined },
): DatasetSource {
  const { markers, archives, ignored, passedOver } = separateIgnored([]);
  return {
    title,
    files,
    archives,
    isFolder: false,
    markers,
    ignored,
    passedOver,
    async find(name) {
      const own = files.find((file) => file.name === name);
      // Uploads have no folders.
      if (!beside) return own ?? files.find((file) => file.name === basename(name));
      if (own) return own;
      const path = await allowedPath(join(beside.folder, name), beside.root).catch(unlessMissing);
      return path === undefined ? undefined : localFile(name, path);
    },
    close: async () => {},
  };
}

/** One file of the allowed folder; what it names is looked for beside it. */
export async function localFileSource(
  uri: string,
  root: string | undefined,
): Promise<DatasetSource> {
  const file = await allowedPath(uri, root);
  const beside = { folder: dirname(file), root };
  return localFilesSource(uri, [await localFile(basename(file), file)], beside);
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof errors.GLIMPSE_DATASET_NOT_FOUND) return undefined;
  throw error;
}

/** Every file under a folder of the allowed root, at any depth. A link that leads out is refused. */
export async function localFolderSource(
  uri: string,
  folder: string,
  {
    root,
    maxFiles,
    signal,
  }: { root: string | undefined; maxFiles: number; signal?: AbortSignal | undefined },
): Promise<DatasetSource> {
  const found: DatasetFile[] = [];
  const dead: string[] = [];
  const walk = async (path: string, prefix: string, above: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const name = `${prefix}${entry.name}`;
      const own = join(path, entry.name);
      const isLink = entry.isSymbolicLink();
      const real = isLink ? await allowedPath(own, root).catch(unlessMissing) : own;
      if (real === undefined) {
        dead.push(name);
        continue;
      }
      const { size, modifiedMs, isFile, isFolder } = await statFile(real);
      // A link back to a folder above would never end.
      if (isFolder && !above.includes(real)) await walk(real, `${name}/`, [...above, real]);
      if (isFile) found.push(new FileInPlace(name.normalize('NFC'), real, size, modifiedMs));
      if (found.length > maxFiles) {
        throw new errors.GLIMPSE_ARCHIVE_TOO_LARGE(
          `${maxFiles} files`,
          'GLIMPSE_MAX_ARCHIVE_ENTRIES',
        );
      }
    }
  };
  await walk(folder, '', [folder]);
  const known = new Map(found.map((file) => [file.name, file]));
  const separated = separateIgnored(found);
  return {
    title: uri,
    ...separated,
    ignored: ignoreMore(separated.ignored, dead.sort(), 'a link that leads nowhere'),
    isFolder: true,
    find: async (name) => known.get(name.normalize('NFC')),
    close: async () => {},
  };
}

async function statFile(path: string) {
  const found = await stat(path);
  const { size, mtimeMs: modifiedMs } = found;
  return { size, modifiedMs, isFile: found.isFile(), isFolder: found.isDirectory() };
}
