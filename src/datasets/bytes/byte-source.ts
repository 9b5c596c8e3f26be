import { errors } from '../../errors.ts';
import { compressionOfFile, decompressFile } from './compressions.ts';
import { unpackHadoopSnappy } from './hadoop-snappy.ts';

/** A file on this disk. Its name in the dataset counts, not its path: ".snappy" shows in no byte. */
export interface FileOnDisk {
  readonly path: string;
  readonly name: string;
}

/** What reading one file may cost. */
export interface ReadLimits {
  /** Most bytes of the file after decompression: what stops a bomb. */
  readonly maxBytes: number;
}

export interface ReadOptions {
  readonly limits: ReadLimits;
  readonly signal?: AbortSignal | undefined;
}

/** The bytes of a file, decompressed when they start as a compression does, or when it is called ".snappy". */
export async function* readDecoded(
  { path, name }: FileOnDisk,
  { limits, signal }: ReadOptions,
): AsyncGenerator<Buffer> {
  const decoded = /\.snappy$/i.test(name)
    ? unpackHadoopSnappy(decompressFile(path, undefined).chunks)
    : decompressFile(path, await compressionOfFile(path)).chunks;
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

/** Nothing is read beyond the head of a file, so that no limit is needed. */
const HEAD_OPTIONS: ReadOptions = { limits: { maxBytes: Number.MAX_SAFE_INTEGER } };

/** The first bytes of a file, decompressed: enough to recognise its format. */
export async function readHead(file: FileOnDisk, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readDecoded(file, HEAD_OPTIONS)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}
