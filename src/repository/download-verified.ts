import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors, isGlimpseError, withDetails } from '../errors.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';
import type { ManifestFile } from './manifest.ts';
import { verifyFolder, type FileSet, type VerifiedFolder } from './verified-folder.ts';

/**
 * The files of a set in a local folder, each flushed and verified. A checksum mismatch is tried once more, because
 * the bytes may have been corrupted on their way; a second one is the store's.
 */
export async function downloadVerified(
  store: ArtifactStore,
  set: FileSet,
  folder: string,
  signal?: AbortSignal,
): Promise<VerifiedFolder> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const file of set.files) await downloadFile(store, set, file, folder, signal);
      return await verifyFolder(folder, set, signal);
    } catch (error) {
      const isMismatch = isGlimpseError(error) && error.code === 'GLIMPSE_CHECKSUM_MISMATCH';
      if (!isMismatch || attempt === 2) throw error;
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function downloadFile(
  store: ArtifactStore,
  { keyOf }: FileSet,
  { path, size }: ManifestFile,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const file = join(folder, path);
  const key = keyOf(path);
  await mkdir(dirname(file), { recursive: true });
  if (!(await store.download(key, file, { maxBytes: size, signal }))) {
    throw withDetails(new errors.GLIMPSE_FILE_MISSING(key), { file: path });
  }
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
