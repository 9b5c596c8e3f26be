import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { errors } from '../../errors.ts';

/**
 * The bytes of an xz file, of as many streams as stand one after the other. Its dictionary may take 64 MiB, as
 * `xz -9` makes it: the decoder, which is compiled to WebAssembly, refuses a larger one.
 */
export async function* unpackXz(packed: Readable): AsyncGenerator<Buffer> {
  const { XzReadableStream } = loadDecoder();
  // Pulled from: a stream made by Readable.toWeb takes chunks after it was cancelled, and throws where nobody catches.
  const reader = new XzReadableStream(ReadableStream.from<Uint8Array>(packed)).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const { buffer, byteOffset, byteLength } = next.value;
      if (byteLength > 0) yield Buffer.from(buffer, byteOffset, byteLength);
    }
  } catch (error) {
    const known = REASONS.find(([end]) => String(error).endsWith(end));
    throw known ? new errors.GLIMPSE_DATASET_INVALID(known[1]) : error;
  } finally {
    // The decoder fails at being ended once it has unpacked everything.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * A copy of the decoder for one file: a loaded one has a second file wait for the first, for ever when both are
 * read in step, and keeps the memory of its largest dictionary.
 */
function loadDecoder(): typeof import('xz-decompress') {
  const require = createRequire(import.meta.url);
  const path = require.resolve('xz-decompress');
  delete require.cache[path];
  return require(path);
}

/** What xz-embedded refuses though nothing is broken, by what its errors end with. */
const REASONS = [
  ['error code 4', 'its xz dictionary is larger than 64 MiB; compress it by xz -9 or less'],
  [
    'error code 6',
    'its xz stream needs filters or a check that are not read; compress it by plain xz',
  ],
] as const;
