import { snappyUncompress } from 'hyparquet';
import { errors } from '../../errors.ts';
import { createByteReader } from './byte-reader.ts';

/** Largest block and chunk, packed or not; Hadoop writes 256 KiB. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

/**
 * What Hadoop and Spark call ".snappy": blocks of chunks, each behind its length, with no mark to know
 * the format by. A block states how many bytes its chunks become together.
 */
export async function* unpackHadoopSnappy(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const reader = createByteReader(packed);
  const readLength = async (): Promise<number | undefined> => {
    const bytes = await reader.take(4);
    const length = bytes?.readUInt32BE(0);
    if (length !== undefined && length > MAX_CHUNK_BYTES) throw broken();
    return length;
  };
  try {
    for (let left = await readLength(); left !== undefined; left = await readLength()) {
      while (left > 0) {
        const chunk = await reader.take((await readLength()) ?? Infinity);
        if (!chunk) throw broken();
        const bytes = unpackChunk(chunk, left);
        left -= bytes.length;
        yield bytes;
      }
    }
  } finally {
    await reader.close();
  }
}

/** How many bytes a chunk says it becomes; NaN when it ends before. */
export function lengthOfSnappy(chunk: Uint8Array): number {
  let length = 0;
  for (let at = 0, factor = 1; at < chunk.length; at += 1, factor *= 128) {
    length += (chunk[at]! & 0x7f) * factor;
    if (chunk[at]! < 128) return length;
  }
  return Number.NaN;
}

function unpackChunk(chunk: Buffer, most: number): Buffer {
  const length = lengthOfSnappy(chunk);
  // Written so that a number without end fails too.
  if (!(length > 0 && length <= most)) throw broken();
  const bytes = Buffer.alloc(length);
  try {
    snappyUncompress(chunk, bytes);
  } catch {
    throw broken();
  }
  return bytes;
}

function broken(): Error {
  return new errors.GLIMPSE_DATASET_INVALID('its snappy stream is broken, cut off or not Hadoop’s');
}
