import { open } from 'node:fs/promises';
import { errors } from '../../errors.ts';
import { readHead, type FileOnDisk } from '../bytes/byte-source.ts';
import { compressionOf, type Compression } from '../bytes/compressions.ts';
import type { DatasetFile, DatasetSource } from '../source.ts';
import { isArchiveName, printable } from '../file-names.ts';
import type { ArchiveLimits } from './archive.ts';
import type { SpoolFolder } from '../bytes/spool-folder.ts';
import { openTar } from './tar-archive.ts';
import { openZip } from './zip-archive.ts';

export interface OpenArchiveOptions {
  readonly limits: ArchiveLimits;
  readonly spool: SpoolFolder;
  readonly signal?: AbortSignal | undefined;
}

/** The files in an archive, which is recognised by its bytes; undefined for any other file. */
export async function openArchive(
  file: DatasetFile,
  { limits, spool, signal }: OpenArchiveOptions,
): Promise<DatasetSource | undefined> {
  const copy = await file.local(signal);
  const close = (): Promise<void> => copy.release();
  try {
    const kind = await archiveKind(copy);
    if (kind === undefined) {
      if (isArchiveName(file.name)) throw unsupported(file.name);
      await close();
      return undefined;
    }
    const archive =
      kind === 'zip'
        ? await openZip(copy.path, file.name, limits, spool)
        : await openTar(copy.path, file.name, { ...kind, limits, spool, signal });
    return {
      ...archive,
      async close() {
        await archive.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function unsupported(name: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(
    `${printable(name)} is not an archive that is read: .zip, .tar, .tar.gz, .tar.bz2 and .tar.xz are`,
  );
}

/** Whether a file is an archive of a kind that is read, by its bytes. */
export async function isArchive(file: FileOnDisk): Promise<boolean> {
  return (await archiveKind(file)) !== undefined;
}

type ArchiveKind = 'zip' | { readonly compression: Compression | undefined };

async function archiveKind(file: FileOnDisk): Promise<ArchiveKind | undefined> {
  const head = await rawHead(file.path);
  const mark = head.toString('latin1', 0, 4);
  if (mark === 'PK\x03\x04' || mark === 'PK\x05\x06') return 'zip';
  const compression = compressionOf(head);
  const inside = compression ? await readHead(file, 512) : head;
  return isTar(inside) ? { compression } : undefined;
}

const isTar = (head: Buffer): boolean => head.toString('latin1', 257, 262) === 'ustar';

async function rawHead(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
