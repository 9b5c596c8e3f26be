import { Readable } from 'node:stream';
import { errors } from '../../errors.ts';

/**
 * The bytes of an xz file. Its dictionary may take 64 MiB, as `xz -9` makes it: the decoder, which is
 * compiled to WebAssembly, refuses a larger one. It has room for one file at a time, and others wait until it
 * is done or closed; so whoever reads two in step unpacks one of them first.
 */
export async function* unpackXz(packed: Readable): AsyncGenerator<Buffer> {
  const { default: library } = await import('xz-decompress');
  const chunks = new library.XzReadableStream(Readable.toWeb(packed));
  try {
    for await (const { buffer, byteOffset, byteLength } of chunks) {
      if (byteLength > 0) yield Buffer.from(buffer, byteOffset, byteLength);
    }
  } catch (error) {
    const reason = REASONS[/error code (\d)$/.exec(String(error))?.[1] ?? ''];
    throw reason === undefined ? error : new errors.GLIMPSE_DATASET_INVALID(reason);
  }
}

/** What xz-embedded refuses though nothing is broken, by its numbers. */
const REASONS: Partial<Record<string, string>> = {
  4: 'its xz dictionary is larger than 64 MiB; compress it by xz -9 or less',
  6: 'its xz stream needs filters or a check that are not read; compress it by plain xz',
};
