import { cutOff, type PlacedBytes } from '../../../../src/datasets/formats/arrow/placed-bytes.ts';

/** Bytes in memory that are read as a file is. */
export function placed(bytes: Uint8Array): PlacedBytes {
  const buffer = Buffer.from(bytes);
  return {
    size: buffer.length,
    async read(at, length) {
      if (!(at >= 0 && length >= 0 && at + length <= buffer.length)) throw cutOff();
      return Buffer.from(buffer.subarray(at, at + length));
    },
    close: async () => {},
  };
}
