import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { hasCode } from '../disk-errors.ts';

/** A full disk often still has a place for an empty file, and for nothing worth writing. */
const probeBytes = 4096;

/** Why no file can be written into a folder, or undefined when one can. Leaves nothing behind. */
export async function tryToWrite(folder: string): Promise<unknown> {
  const file = join(resolve(folder), `.glimpse-${randomUUID()}.probe`);
  let made: string | undefined;
  try {
    made = await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(new Uint8Array(probeBytes));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await rm(file, { force: true }).catch(() => {});
    if (made !== undefined) await removeEmpty(dirname(file), made);
  }
}

/** Removes a folder and those above it up to `top`, unless somebody has put something there since. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    return;
  }
  if (folder !== top) await removeEmpty(dirname(folder), top);
}

/**
 * Why the repository in a folder cannot be written; undefined when it can, as far as one can tell without writing: it
 * may be under version control or watched by others. A folder that is not there yet would be made.
 */
export async function whyNotWritable(folder: string): Promise<unknown> {
  try {
    // What is no folder cannot be read, either: reading it says so.
    if (!(await stat(folder)).isDirectory()) return undefined;
    await access(folder, constants.W_OK | constants.X_OK);
    const { blocks, bavail, bsize } = await statfs(folder);
    const isFull = blocks > 0 && bavail * bsize < probeBytes;
    return isFull ? new Error('ENOSPC: no space left on device') : undefined;
  } catch (error) {
    const above = dirname(folder);
    return hasCode(error, 'ENOENT') && above !== folder ? await whyNotWritable(above) : error;
  }
}
