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
  const expected = files.map((file) => ({
    file,
    path: join(folder, file.path),
    name: keyOf(file.path),
  }));
  const verified: [VerifiedFile, FileState][] = [];
  for (const entry of expected) verified.push([entry, await verifyFile(entry, signal)]);
  return {
    folder,
    confirm: async (signal) => {
      for (const [entry, before] of verified) {
        const now = await stateOf(entry);
        if (now.mark !== before.mark) throw mismatch(entry);
        // Two changes within one tick of the file system's clock look like one: look inside.
        if (before.isFresh) await verifyFile(entry, signal);
      }
    },
  };
}

/** One file: its path on disk, and its name in errors. */
interface VerifiedFile {
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

async function verifyFile(entry: VerifiedFile, signal?: AbortSignal): Promise<FileState> {
  const before = await stateOf(entry);
  if (before.size !== entry.file.size) throw mismatch(entry);
  const digest = await sha256OfFile(entry.path, signal);
  const after = await stateOf(entry);
  if (digest !== entry.file.sha256 || after.mark !== before.mark) throw mismatch(entry);
  return before;
}

interface FileState {
  readonly size: number;
  /** Changes with every change of the file: the system sets ctime, nobody else can. */
  readonly mark: string;
  readonly isFresh: boolean;
}

async function stateOf(entry: VerifiedFile): Promise<FileState> {
  try {
    const found = await stat(entry.path, { bigint: true });
    if (!found.isFile()) throw missing(entry);
    return {
      size: Number(found.size),
      mark: [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' '),
      isFresh: Math.abs(Date.now() - Number(found.ctimeMs)) < 2_000,
    };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw missing(entry);
    throw error;
  }
}

function missing({ name, file }: VerifiedFile): Error {
  return withDetails(new errors.GLIMPSE_FILE_MISSING(name), { file: file.path });
}

function mismatch({ name, file }: VerifiedFile): Error {
  return withDetails(new errors.GLIMPSE_CHECKSUM_MISMATCH(name), { file: file.path });
}
