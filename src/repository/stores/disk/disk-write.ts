import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errors, withDetails } from '../../../errors.ts';
import type { LocalFile, WriteCondition, WriteResult } from '../artifact-store.ts';
import { hasCode } from '../../../disk-errors.ts';
import {
  makeFolder,
  renameReplacing,
  linkIfAbsent,
  withoutLinks,
  writeTemporary,
  type TemporaryFile,
} from './atomic-file.ts';
import { readObject } from './disk-read.ts';
import { acquireLock, type LockTimeouts } from './file-lock.ts';

/** How an object gets onto the disk: whole, and under its condition even between processes. */
export interface WriteRequest {
  readonly key: string;
  readonly file: string;
  readonly body: Uint8Array | LocalFile;
  readonly condition: WriteCondition | undefined;
  readonly timeouts: LockTimeouts;
  readonly signal: AbortSignal | undefined;
}

/** Writes the object, or reports 'conflict' when its condition does not hold. */
export async function writeObject(request: WriteRequest): Promise<WriteResult> {
  const temporary = await writeBeside(request);
  try {
    const isWritten = await commitFile(temporary, request);
    return isWritten ? { etag: temporary.sha256 } : 'conflict';
  } catch (error) {
    // A folder has that name.
    if (hasCode(error, 'EISDIR', 'ENOTDIR')) throw unusable(request.key, error);
    throw error;
  } finally {
    await rm(temporary.path, { force: true });
  }
}

/** The folder may be tidied away by a `remove` between making it and writing into it: try again. */
async function writeBeside({ key, file, body, signal }: WriteRequest): Promise<TemporaryFile> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await makeFolder(dirname(file));
      return await writeTemporary(dirname(file), body, signal);
    } catch (error) {
      // A file has the name of a folder the object would lie in.
      if (hasCode(error, 'ENOTDIR', 'EEXIST')) throw unusable(key, error);
      if (!hasCode(error, 'ENOENT') || attempt === 5) throw error;
    }
  }
}

async function commitFile(temporary: TemporaryFile, request: WriteRequest): Promise<boolean> {
  if (request.condition === undefined) {
    await renameReplacing(temporary, request.file);
    return true;
  }
  if (request.condition === 'absent') {
    try {
      return await linkIfAbsent(temporary, request.file);
    } catch (error) {
      // No hard links on this file system: the lock does what the link cannot.
      if (!hasCode(error, ...withoutLinks)) throw error;
    }
  }
  return nameUnderLock(temporary, request);
}

async function nameUnderLock(
  temporary: TemporaryFile,
  { key, file, condition, timeouts, signal }: WriteRequest,
): Promise<boolean> {
  const folder = join(dirname(file), '.glimpse-locks');
  const lock = await acquireLock(folder, basename(file), timeouts, signal);
  if (lock === undefined) throw new Error(`"${key}" is locked by a process that does not let go`);
  try {
    const now = await readObject(key, file, { maxBytes: Number.MAX_SAFE_INTEGER });
    const etag = typeof now === 'object' ? now.etag : undefined;
    if (etag !== (typeof condition === 'object' ? condition.etag : undefined)) return false;
    if (!(await lock.isHeld())) return false;
    await renameReplacing(temporary, file);
    return true;
  } finally {
    await lock.release();
  }
}

function unusable(key: string, cause: unknown): Error {
  return withDetails(new errors.GLIMPSE_STORE_KEY_INVALID(key), {}, cause);
}
