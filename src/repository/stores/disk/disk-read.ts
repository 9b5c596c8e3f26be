import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errors } from '../../../errors.ts';
import { defaultMaxReadBytes, type ReadOptions, type StoredObject } from '../artifact-store.ts';
import { hasCode } from '../../../disk-errors.ts';
import { sha256 } from '../../digest.ts';

/** Whether a call failed because nothing has that path. */
export const isAbsent = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR');

/** Opening a pipe would wait for a writer; this way one can look and see that it is no file. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK;

/** The whole object, as the store's contract says. */
export async function readObject(
  key: string,
  file: string,
  { unlessEtag, maxBytes = defaultMaxReadBytes }: ReadOptions,
): Promise<StoredObject | 'unchanged' | undefined> {
  try {
    const handle = await open(file, readOnly);
    try {
      const found = await handle.stat();
      if (!found.isFile()) return undefined;
      const { size } = found;
      if (size > maxBytes) throw new errors.GLIMPSE_OBJECT_TOO_LARGE(key, size, maxBytes);
      const body = await handle.readFile();
      const etag = sha256(body);
      return etag === unlessEtag ? 'unchanged' : { body, etag };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isAbsent(error) || hasCode(error, 'EISDIR')) return undefined;
    throw error;
  }
}
