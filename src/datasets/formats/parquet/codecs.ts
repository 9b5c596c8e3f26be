import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { ParquetReadOptions } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { lengthOfSnappy } from '../../bytes/hadoop-snappy.ts';
import { unpackLz4Block } from '../../bytes/lz4-frame.ts';
import { unpackZstd } from '../../bytes/unpack-zstd.ts';

/** Every codec of Parquet, none of which gives more or fewer bytes than the header of the page declares. */
export const codecs: NonNullable<ParquetReadOptions['compressors']> = {
  SNAPPY: unpackSnappy,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length }),
  ZSTD: unpackZstd,
  LZ4: (input, length) => unpackHadoopLz4(input, length) ?? unpackLz4(input, length),
  LZ4_RAW: unpackLz4,
};

/** The library fills what it is given, however few bytes there are. */
function unpackSnappy(packed: Uint8Array, length: number): Uint8Array {
  if (lengthOfSnappy(packed) !== length) throw new Error('a page has not as many bytes as it says');
  return compressors.SNAPPY!(packed, length);
}

/** One block of LZ4. */
function unpackLz4(packed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  return out.subarray(0, unpackLz4Block(packed, out, 0));
}

/** Blocks as Hadoop writes them, each behind how long it becomes and is; undefined for what is not written so. */
function unpackHadoopLz4(packed: Uint8Array, length: number): Uint8Array | undefined {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const out = new Uint8Array(length);
  let [at, to] = [0, 0];
  while (at < packed.length) {
    if (at + 8 > packed.length) return undefined;
    const [unpacked, size] = [view.getUint32(at), view.getUint32(at + 4)];
    at += 8;
    if (at + size > packed.length || to + unpacked > length) return undefined;
    const end = unpackLz4Block(packed.subarray(at, at + size), out, to);
    if (end !== to + unpacked) return undefined;
    [at, to] = [at + size, end];
  }
  return out.subarray(0, to);
}
