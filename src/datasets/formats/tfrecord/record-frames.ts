import { errors } from '../../../errors.ts';
import { createByteReader } from '../../bytes/byte-reader.ts';
import { readDecoded, type FileOnDisk, type ReadOptions } from '../../bytes/byte-source.ts';

/** Largest record: one example. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const HEAD_BYTES = 12;

/** CRC-32C (Castagnoli), by its table. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** The checksum of TFRecord: CRC-32C turned and moved, so that one of a checksum is another one. */
export function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  crc = (crc ^ 0xffffffff) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Whether a file begins with a record: its length stands beside the checksum of that length. */
export function isTfRecord(head: Buffer): boolean {
  if (head.length < HEAD_BYTES || head.readUInt32LE(4) !== 0) return false;
  return head.readUInt32LE(8) === maskedCrc(head.subarray(0, 8));
}

/** The records of a file; one whose checksum is wrong ends it, since nothing says where the next one begins. */
export async function* readRecords(
  file: FileOnDisk,
  options: ReadOptions,
): AsyncGenerator<{ readonly line: number; readonly bytes: Buffer }> {
  const reader = createByteReader(readDecoded(file, options));
  try {
    for (let line = 1; ; line += 1) {
      const head = await reader.take(HEAD_BYTES);
      if (!head) {
        if (await reader.take(1)) throw invalid(`it ends in the head of record ${line}`);
        return;
      }
      if (!isTfRecord(head)) throw invalid(`the head of record ${line} is damaged (CRC)`);
      const length = head.readUInt32LE(0);
      if (length > MAX_RECORD_BYTES) {
        throw invalid(`record ${line} has ${length} bytes; at most ${MAX_RECORD_BYTES} are read`);
      }
      const bytes = await reader.take(length + 4);
      if (!bytes) throw invalid(`it ends in record ${line}`);
      const data = bytes.subarray(0, length);
      if (bytes.readUInt32LE(length) !== maskedCrc(data)) {
        throw invalid(`record ${line} is damaged (CRC)`);
      }
      yield { line, bytes: data };
    }
  } finally {
    await reader.close();
  }
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`TFRecord: ${reason}`);
}
