import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { decompressFile, type Compression } from '../bytes/compressions.ts';
import type { SpoolFolder } from '../bytes/spool-folder.ts';
import { checkExpansion, type ArchiveLimits } from './archive.ts';

export interface UnpackOptions {
  readonly limits: Pick<ArchiveLimits, 'maxBytes' | 'maxRatio'>;
  readonly spool: SpoolFolder;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacks a compressed file into the spool folder: as one file, under a name of ours. */
export async function unpackFile(
  path: string,
  compression: Compression,
  { limits, spool, signal }: UnpackOptions,
): Promise<string> {
  const plain = await spool.next();
  const { chunks, packedBytes } = decompressFile(path, compression);
  const watched = async function* (): AsyncGenerator<Buffer> {
    let unpacked = 0;
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      checkExpansion(packedBytes(), unpacked, limits);
      yield chunk;
    }
  };
  const out = createWriteStream(plain, { flags: 'wx' });
  await pipeline(watched, out, signal ? { signal } : {});
  return plain;
}
