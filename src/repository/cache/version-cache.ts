import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isGlimpseError } from '../../errors.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { explainDataDir, hasCode } from '../../disk-errors.ts';
import { keepWithin, type CacheBound } from './cache-bound.ts';
import { makeFolder, syncFolder } from '../stores/disk/atomic-file.ts';
import { downloadVerified } from '../download-verified.ts';
import { keepManifest } from './kept-manifest.ts';
import type { Manifest } from '../manifest.ts';
import {
  filesOfVersion,
  strayFiles,
  verifyFolder,
  type VerifiedFolder,
} from '../verified-folder.ts';

/**
 * Versions of a store as folders of this machine. A folder appears under its name only after every
 * file was verified and flushed, its manifest beside them, and is verified again whenever it is opened. `root` is
 * the store's own.
 */
export interface VersionCache {
  open(manifest: Manifest, signal?: AbortSignal): Promise<VerifiedFolder>;
  /** The folder if it holds exactly the files of the manifest; nothing is downloaded. */
  find(manifest: Manifest, signal?: AbortSignal): Promise<VerifiedFolder | undefined>;
}

/** Temporary folders older than this were left behind by a process that died. */
const abandonedAfterMs = 24 * 3_600_000;
const temporaryName = /^\..+\.tmp(\.old)?$/;

/** Versions of the store below `root`, within a bound where there is one. */
export function createVersionCache(
  store: ArtifactStore,
  root: string,
  bound?: CacheBound,
): VersionCache {
  const folderOf = ({ model, version }: Manifest): string => join(root, model, String(version));
  const turns = new Map<string, Promise<unknown>>();
  let isTidied = false;

  return {
    // One at a time for each version: the second call finds the files of the first.
    open: async (manifest, signal) => {
      // What cannot be tidied up does not keep a version from being used that lies there already.
      if (!isTidied) await removeAbandoned(root).catch(() => {});
      isTidied = true;
      const folder = folderOf(manifest);
      const before = turns.get(folder) ?? Promise.resolve();
      const turn = before
        .then(() => openCached(store, root, folder, manifest, signal))
        .then(async ({ isNew, ...opened }) => {
          await markOpened(folder);
          // What cannot be removed keeps no version from being used.
          if (isNew && bound) await keepWithin(root, bound).catch(() => {});
          return opened;
        })
        .catch((error: unknown) => {
          throw isGlimpseError(error) || signal?.aborted ? error : explainDataDir(error);
        });
      const settled = turn.catch(() => {});
      turns.set(folder, settled);
      void settled.then(() => turns.get(folder) === settled && turns.delete(folder));
      return turn;
    },
    async find(manifest, signal) {
      const found = await verifyExactly(folderOf(manifest), manifest, signal);
      if (found) await markOpened(found.folder);
      return found;
    },
  };
}

async function openCached(
  store: ArtifactStore,
  root: string,
  folder: string,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<VerifiedFolder & { readonly isNew: boolean }> {
  signal?.throwIfAborted();
  const kept = await verifyExactly(folder, manifest, signal);
  if (kept !== undefined) {
    // What an earlier release downloaded has none yet; where nothing can be written the files serve all the same.
    await keepManifest(folder, manifest).catch(() => {});
    return { ...kept, isNew: false };
  }
  const temporary = join(root, `.${randomUUID()}.tmp`);
  try {
    await makeFolder(root);
    await downloadVerified(store, filesOfVersion(manifest), temporary, signal);
    await keepManifest(temporary, manifest);
    await makeFolder(dirname(folder));
    await installFolder(temporary, folder, manifest, signal);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return { ...(await verifyFolder(folder, filesOfVersion(manifest), signal)), isNew: true };
}

/** When it was last opened, as `keepWithin` reads it. */
async function markOpened(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now).catch(() => {});
}

/** The folder when it holds exactly these files, undefined when it has to be downloaded (again). */
async function verifyExactly(
  folder: string,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<VerifiedFolder | undefined> {
  try {
    const verified = await verifyFolder(folder, filesOfVersion(manifest), signal);
    const stray = await strayFiles(folder, new Set(manifest.files.map(({ path }) => path)));
    return stray.length === 0 ? verified : undefined;
  } catch (error) {
    if (isGlimpseError(error)) return undefined;
    throw error;
  }
}

/** What lies there already may be another process's download, just as good; else it makes way. */
async function installFolder(
  temporary: string,
  folder: string,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(temporary, folder);
      await syncFolder(dirname(folder));
      return;
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR') || attempt === 5) throw error;
      if ((await verifyExactly(folder, manifest, signal)) !== undefined) return;
      await moveAside(folder, `${temporary}.old`);
    }
  }
}

async function moveAside(folder: string, aside: string): Promise<void> {
  try {
    await rename(folder, aside);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function removeAbandoned(root: string): Promise<void> {
  const left = (await readdir(root)).filter((name) => temporaryName.test(name));
  for (const name of left) {
    const path = join(root, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < abandonedAfterMs) continue;
    await rm(path, { recursive: true, force: true });
  }
}
