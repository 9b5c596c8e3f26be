import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errors, withDetails } from '../../errors.ts';
import { unpackHadoopSnappy } from './hadoop-snappy.ts';

/** A file on this disk. Its name in the dataset counts, not its path: ".snappy" shows in no byte. */
export interface FileOnDisk {
  readonly path: string;
  readonly name: string;
}

/** What reading one file may cost. */
export interface ReadLimits {
  /** Most bytes of the file after decompression: what stops a gzip bomb. */
  readonly maxBytes: number;
}

export interface ReadOptions {
  readonly limits: ReadLimits;
  readonly signal?: AbortSignal | undefined;
}

/** Large enough to be fast, small enough that what is read and done with takes little room. */
const CHUNK_BYTES = 256 * 1024;

/** The bytes of a file, decompressed when they start as gzip does, or when it is called ".snappy". */
export async function* readDecoded(
  { path, name }: FileOnDisk,
  { limits, signal }: ReadOptions,
): AsyncGenerator<Buffer> {
  const decoded = /\.snappy$/i.test(name)
    ? unpackHadoopSnappy(readFileChunks(path, false))
    : readFileChunks(path, await startsAsGzip(path));
  let bytes = 0;
  for await (const chunk of decoded) {
    signal?.throwIfAborted();
    bytes += chunk.length;
    if (bytes > limits.maxBytes) {
      throw new errors.GLIMPSE_DATASET_INVALID(
        `it has more than ${limits.maxBytes} bytes (GLIMPSE_MAX_DATASET_BYTES)`,
      );
    }
    yield chunk;
  }
}

async function* readFileChunks(path: string, isGzip: boolean): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const stream: Readable = isGzip
    ? pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined)
    : raw;
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    throw isZlibError(error)
      ? withDetails(
          new errors.GLIMPSE_DATASET_INVALID('its gzip stream is broken or cut off'),
          {},
          error,
        )
      : error;
  } finally {
    raw.destroy();
    stream.destroy();
  }
}

/** The first bytes of a file, decompressed: enough to recognise its format. */
export async function readHead(file: FileOnDisk, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Nothing is read beyond the head, so that no other limit is needed.
  for await (const chunk of readDecoded(file, { limits: { maxBytes: Number.MAX_SAFE_INTEGER } })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

async function startsAsGzip(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function isZlibError(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('Z_')
  );
}
