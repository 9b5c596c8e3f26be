import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import { unpackBzip2 } from './unpack-bzip2.ts';
import { unpackXz } from './unpack-xz.ts';

/** How a whole file is compressed: what its first bytes say, whatever it is called. */
export type Compression = 'gzip' | 'bzip2' | 'xz' | 'zstd';

/** How many bytes tell a compression. */
const MARK_BYTES = 10;

/** Large enough to be fast, small enough that what is read and done with takes little room. */
const CHUNK_BYTES = 256 * 1024;

/** The compression of a file that begins so; undefined for any other file. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const mark = Buffer.from(head.subarray(0, MARK_BYTES)).toString('hex');
  if (mark.startsWith('1f8b')) return 'gzip';
  if (mark.startsWith('fd377a585a00')) return 'xz';
  if (mark.startsWith('28b52ffd')) return 'zstd';
  // "BZh", a level, and the mark of a first block, or that of the end when there is none.
  return /^425a683[1-9](314159265359|177245385090)/.test(mark) ? 'bzip2' : undefined;
}

/** The compression of a file on this disk. */
export async function compressionOfFile(path: string): Promise<Compression | undefined> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(MARK_BYTES), 0, MARK_BYTES, 0);
    return compressionOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** What a file holds, as it is decompressed. */
export interface DecompressedFile {
  readonly chunks: AsyncGenerator<Buffer>;
  /** How many bytes of the file itself have been read so far. */
  readonly packedBytes: () => number;
}

/** Reads a file from its beginning; one that is damaged or cut off throws GLIMPSE_DATASET_INVALID. */
export function decompressFile(
  path: string,
  compression: Compression | undefined,
): DecompressedFile {
  const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // Whoever reads it is told of an error; one that comes before anybody listens would end the process.
  raw.on('error', () => undefined);
  return { chunks: readChunks(raw, compression), packedBytes: () => raw.bytesRead };
}

async function* readChunks(
  raw: ReadStream,
  compression: Compression | undefined,
): AsyncGenerator<Buffer> {
  try {
    yield* unpack(raw, compression);
  } catch (error) {
    if (isGlimpseError(error) || isSystemError(error)) throw error;
    const reason = `its ${compression} stream is broken or cut off`;
    throw withDetails(new errors.GLIMPSE_DATASET_INVALID(reason), {}, error);
  } finally {
    raw.destroy();
  }
}

function unpack(raw: ReadStream, compression: Compression | undefined): AsyncIterable<Buffer> {
  switch (compression) {
    case 'gzip':
      return pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
    case 'zstd':
      // Node would pass over all frames but the first, and other decoders check no sums.
      throw new errors.GLIMPSE_DATASET_INVALID(
        'it is compressed by zstd, which is not read; compress it by gzip, bzip2 or xz',
      );
    case 'bzip2':
      return unpackBzip2(raw);
    case 'xz':
      return unpackXz(raw);
    default:
      return raw;
  }
}

/** What the disk says, and not the bytes. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
