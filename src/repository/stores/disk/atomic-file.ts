import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../../../disk-errors.ts';
import type { LocalFile } from '../artifact-store.ts';
import { sha256 } from '../../digest.ts';

/**
 * Files that appear whole or not at all, and are still there after the power went: the bytes go to a
 * temporary file in the same folder, are flushed, and only then get their name.
 */
export interface TemporaryFile {
  readonly path: string;
  readonly sha256: string;
}

/** Writes `body` to a flushed temporary file in `folder`. The caller names or removes it. */
export async function writeTemporary(
  folder: string,
  body: Uint8Array | LocalFile,
  signal?: AbortSignal,
): Promise<TemporaryFile> {
  const path = join(folder, `.glimpse-${randomUUID()}.tmp`);
  try {
    if (!(body instanceof Uint8Array)) {
      return { path, sha256: await copyHashing(body.file, path, signal) };
    }
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { path, sha256: sha256(body) };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function copyHashing(from: string, to: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const out = createWriteStream(to, { flags: 'wx', flush: true });
  try {
    await pipeline(createReadStream(from), hashing, out, { signal });
    return hash.digest('hex');
  } finally {
    // A file that is still being opened would appear after whoever failed has removed it.
    if (!out.closed) await once(out, 'close');
  }
}

/** Gives a temporary file its name, replacing what had it. */
export async function renameReplacing(temporary: TemporaryFile, file: string): Promise<void> {
  await rename(temporary.path, file);
  await syncFolder(dirname(file));
}

/** Gives a temporary file its name unless the name is taken; false then. Of many attempts one wins. */
export async function linkIfAbsent(temporary: TemporaryFile, file: string): Promise<boolean> {
  try {
    await link(temporary.path, file);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await syncFolder(dirname(file));
  await rm(temporary.path, { force: true });
  return true;
}

/** Makes a folder and those above it, so that they too survive a power cut. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

/** Flushes the names in a folder. Systems that cannot open folders do without. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!hasCode(error, 'EISDIR', 'EPERM', 'EINVAL', 'EACCES', 'ENOTSUP')) throw error;
  }
}

/** What systems say where there are no hard links (FAT, some network and container mounts). */
export const withoutLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];
