import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errors, withDetails } from '../errors.ts';
import { hasCode } from '../disk-errors.ts';
import { sha256OfFile } from './digest.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { versionKey } from './names.ts';

/**
 * A folder whose files were found to be exactly those a manifest names. What is verified now could be
 * changed before it is read, so `confirm` says afterwards whether the files are still the same.
 */
export interface VerifiedFolder {
  readonly folder: string;
  confirm(signal?: AbortSignal): Promise<void>;
}

/** Files that belong together, as their manifest names them. */
export interface FileSet {
  readonly files: readonly ManifestFile[];
  /** The key in the store of a path among them. */
  readonly keyOf: (path: string) => string;
}

export function filesOfVersion({ model, version, files }: Manifest): FileSet {
  return { files, keyOf: (path) => versionKey(model, version, path) };
}

/** GLIMPSE_MANIFEST_INVALID for a file that is larger than what is read; `title` says of what it is one. */
export function checkSizes(files: readonly ManifestFile[], maxBytes: number, title: string): void {
  const large = files.find(({ size }) => size > maxBytes);
  if (large === undefined) return;
  const reason = `${large.path} has ${large.size} bytes; at most ${maxBytes} are read`;
  throw new errors.GLIMPSE_MANIFEST_INVALID(title, reason);
}

/** GLIMPSE_FILE_MISSING or GLIMPSE_CHECKSUM_MISMATCH for the first file that is not as named. */
export async function verifyFolder(
  folder: string,
  { files, keyOf }: FileSet,
  signal?: AbortSignal,
): Promise<VerifiedFolder> {
  const places = files.map((file) => ({
    file,
    path: join(folder, file.path),
    name: keyOf(file.path),
  }));
  const seen: [CheckedPlace, FileState][] = [];
  for (const place of places) seen.push([place, await verifyFile(place, signal)]);
  return {
    folder,
    confirm: async (signal) => {
      for (const [place, before] of seen) {
        const now = await stateOf(place);
        if (now.mark !== before.mark) throw mismatch(place);
        // Two changes within one tick of the file system's clock look like one: look inside.
        if (before.isFresh) await verifyFile(place, signal);
      }
    },
  };
}

/** One file: where it lies, and what people call it. */
interface CheckedPlace {
  readonly file: ManifestFile;
  readonly path: string;
  readonly name: string;
}

/** Files in the folder that the manifest does not name; hidden ones do not count. */
export async function strayFiles(
  folder: string,
  expected: ReadonlySet<string>,
  prefix = '',
): Promise<string[]> {
  const stray: string[] = [];
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) stray.push(...(await strayFiles(folder, expected, `${path}/`)));
    else if (!expected.has(path)) stray.push(path);
  }
  return stray;
}

async function verifyFile(place: CheckedPlace, signal?: AbortSignal): Promise<FileState> {
  const before = await stateOf(place);
  if (before.size !== place.file.size) throw mismatch(place);
  const digest = await sha256OfFile(place.path, signal);
  const after = await stateOf(place);
  if (digest !== place.file.sha256 || after.mark !== before.mark) throw mismatch(place);
  return before;
}

interface FileState {
  readonly size: number;
  /** Changes with every change of the file: the system sets ctime, nobody else can. */
  readonly mark: string;
  readonly isFresh: boolean;
}

async function stateOf(place: CheckedPlace): Promise<FileState> {
  try {
    const found = await stat(place.path, { bigint: true });
    if (!found.isFile()) throw missing(place);
    return {
      size: Number(found.size),
      mark: [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' '),
      isFresh: Math.abs(Date.now() - Number(found.ctimeMs)) < 2_000,
    };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw missing(place);
    throw error;
  }
}

function missing({ name, file }: CheckedPlace): Error {
  return withDetails(new errors.GLIMPSE_FILE_MISSING(name), { file: file.path });
}

function mismatch({ name, file }: CheckedPlace): Error {
  return withDetails(new errors.GLIMPSE_CHECKSUM_MISMATCH(name), { file: file.path });
}
