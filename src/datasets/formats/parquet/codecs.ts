import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { ParquetReadOptions } from 'hyparquet';
import { compressors, decompressZstd } from 'hyparquet-compressors';

/** Every codec of Parquet, none of which gives more bytes than the header of the page declares. */
export const codecs: NonNullable<ParquetReadOptions['compressors']> = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length }),
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
};
