import {
  Int16,
  Table,
  Utf8,
  tableToIPC,
  vectorFromArray,
  type DataType,
  type Vector,
} from 'apache-arrow';
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

/** A column of these values. */
export const vector = (values: readonly unknown[], type: DataType): Vector =>
  vectorFromArray(values as never, type);

/** A file or stream with these columns, and what its schema says besides. */
export function ipc(
  columns: Record<string, Vector>,
  format: 'file' | 'stream' = 'stream',
  metadata: readonly (readonly [string, string])[] = [],
): Buffer {
  const table = new Table(columns);
  for (const [key, value] of metadata) table.schema.metadata.set(key, value);
  return Buffer.from(tableToIPC(table, format));
}

/** A column of words. */
export const words = vector(['a', 'b', 'a'], new Utf8());
/** A column of whole numbers. */
export const numbers = (...values: number[]) => vector(values, new Int16());
/** Three rows of which one is no example. */
export const columns = { label: words, p0: numbers(1, 2, 3), p1: numbers(4, 5, 300) };

/** The message of the schema at the beginning of a stream. */
export const schemaOf = (stream: Buffer) => stream.subarray(0, 8 + stream.readInt32LE(4));
/** All that comes behind it. */
export const behindSchema = (stream: Buffer) => stream.subarray(8 + stream.readInt32LE(4));
