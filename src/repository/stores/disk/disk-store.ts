import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { mapConcurrently } from '../../../concurrency.ts';
import { errors, isGlimpseError } from '../../../errors.ts';
import type { ArtifactStore, DownloadOptions, StoredKey } from '../artifact-store.ts';
import { hasCode } from '../../../disk-errors.ts';
import { explainDisk } from '../../../disk-errors.ts';
import { isAbsent, readObject } from './disk-read.ts';
import { writeObject } from './disk-write.ts';
import { sha256 } from '../../digest.ts';
import type { LockTimeouts } from './file-lock.ts';
import { checkKey, checkPrefix, isUsableKey } from '../store-key.ts';

/**
 * Objects as files under a folder, an etag being the SHA-256 of the bytes. Everything that starts
 * with a dot is invisible: our temporary files and locks, and whatever systems leave lying about.
 */
export interface DiskStoreOptions {
  readonly root: string;
  readonly timeouts?: LockTimeouts;
}

/** Its folder is a path of this machine, so it is called by the setting that chooses it. */
const settingName = 'GLIMPSE_REPOSITORY';

export function createDiskStore({
  root: given,
  timeouts = { strangerMs: 15_000, waitMs: 30_000 },
}: DiskStoreOptions): ArtifactStore {
  const root = resolve(given);
  const fileOf = (key: string): string => join(root, ...checkKey(key).split('/'));
  const folderOf = (prefix: string): string => join(root, ...checkPrefix(prefix).split('/'));

  return {
    uri: root,
    name: settingName,
    id: `disk${sha256(root).slice(0, 16)}`,
    folders: (prefix, signal) =>
      naming(() => foldersIn(folderOf(prefix), prefix === '' ? isNoRootYet : isAbsent), signal),
    list: (prefix, signal) =>
      naming(async () => {
        if (prefix === '') await namesIn(root, isNoRootYet);
        return walk(folderOf(prefix), checkPrefix(prefix), signal);
      }, signal),
    read: (key, options = {}) =>
      naming(() => readObject(key, fileOf(key), options), options.signal),
    download: (key, file, options) =>
      naming(() => copyObject(key, fileOf(key), file, options), options.signal),
    write: (key, body, { condition, signal } = {}) =>
      naming(
        () => writeObject({ key, file: fileOf(key), body, condition, timeouts, signal }),
        signal,
      ),
    remove: (key, signal) => naming(() => removeObject(root, fileOf(key)), signal),
    enforcesConditions: (signal) => naming(() => probeLinks(root, timeouts, signal), signal),
    localFolder: (prefix) => folderOf(prefix),
    clockSkewMs: () => undefined,
    close: async () => {},
  };
}

/** What the disk says becomes an error of the catalogue; what we or the caller say passes through. */
async function naming<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await act();
  } catch (error) {
    if (isGlimpseError(error) || signal?.aborted) throw error;
    throw explainDisk(error, settingName);
  }
}

async function namesIn(folder: string, isNothing = isAbsent): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => isUsableKey(name));
  } catch (error) {
    if (isNothing(error)) return [];
    throw error;
  }
}

/** A root that is not there yet is empty; one that is a file, or lies in one, was set by mistake. */
const isNoRootYet = (error: unknown): boolean => hasCode(error, 'ENOENT');

interface Found {
  readonly isFolder: boolean;
  readonly isFile: boolean;
  readonly size: number;
  readonly identity: string;
}

/** What is there under a path, links followed; undefined when there is nothing (any more). */
async function statPath(path: string): Promise<Found | undefined> {
  try {
    const found = await stat(path);
    return {
      isFolder: found.isDirectory(),
      isFile: found.isFile(),
      size: found.size,
      identity: `${found.dev}:${found.ino}`,
    };
  } catch (error) {
    if (isAbsent(error) || hasCode(error, 'ELOOP')) return undefined;
    throw error;
  }
}

/** Entries of a folder that are read concurrently. */
const statsAtOnce = 16;

async function foldersIn(
  folder: string,
  isNothing: (error: unknown) => boolean,
): Promise<string[]> {
  const names = await namesIn(folder, isNothing);
  const found = await mapConcurrently(names, statsAtOnce, (name) => statPath(join(folder, name)));
  return names.filter((_, index) => found[index]?.isFolder);
}

/** Keys under a folder. Links are followed, but not into a folder that holds them. */
async function walk(
  folder: string,
  prefix: string,
  signal?: AbortSignal,
  above: readonly string[] = [],
): Promise<StoredKey[]> {
  signal?.throwIfAborted();
  const here = await statPath(folder);
  if (here === undefined || above.includes(here.identity)) return [];
  const names = (await namesIn(folder)).filter((name) => isUsableKey(`${prefix}${name}`));
  const found = await mapConcurrently(names, statsAtOnce, (name) => statPath(join(folder, name)));
  const keys: StoredKey[] = [];
  for (const [index, name] of names.entries()) {
    const key = `${prefix}${name}`;
    const { isFile = false, isFolder = false, size = 0 } = found[index] ?? {};
    if (isFile) keys.push({ key, size });
    if (!isFolder) continue;
    const inside = await walk(join(folder, name), `${key}/`, signal, [...above, here.identity]);
    for (const one of inside) keys.push(one);
  }
  return keys;
}

async function copyObject(
  key: string,
  from: string,
  to: string,
  { maxBytes }: DownloadOptions,
): Promise<boolean> {
  const found = await statPath(from);
  if (!found?.isFile) return false;
  if (found.size > maxBytes) throw new errors.GLIMPSE_CHECKSUM_MISMATCH(key);
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return true;
}

/** Four attempts for one name: on a disk that plays by the rules one of them gets it. */
async function probeLinks(
  root: string,
  timeouts: LockTimeouts,
  signal?: AbortSignal,
): Promise<boolean> {
  const key = `_probe/${randomUUID()}`;
  const file = join(root, ...key.split('/'));
  const body = Buffer.from(key);
  const request = { key, file, body, condition: 'absent', timeouts, signal } as const;
  const before = await statPath(root);
  try {
    const attempts = await Promise.all(Array.from({ length: 4 }, () => writeObject(request)));
    return attempts.filter((result) => result !== 'conflict').length === 1;
  } finally {
    // The probe must not leave a new folder behind.
    await removeObject(before === undefined ? dirname(root) : root, file);
  }
}

/** Empty folders go with the last object in them, as they would on S3. */
async function removeObject(root: string, file: string): Promise<void> {
  try {
    await rm(file, { force: true });
    for (let folder = dirname(file); folder !== root; folder = dirname(folder)) await rmdir(folder);
  } catch (error) {
    if (isAbsent(error) || hasCode(error, 'ENOTEMPTY', 'EEXIST')) return;
    if (hasCode(error, 'ERR_FS_EISDIR', 'EISDIR')) return;
    throw error;
  }
}
