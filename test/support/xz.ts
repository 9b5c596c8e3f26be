import { crc32 } from 'node:zlib';

/**
 * Data as an xz stream of one block, written by hand: tests have no xz. Its LZMA2 chunks hold the bytes as they
 * are. `dictionary` is the code of the size that a decoder has to be ready for: 8 means 64 KiB, 30 means 128 MiB.
 */
export function xz(data: Uint8Array | string, { dictionary = 8 } = {}): Buffer {
  const flags = Buffer.from([0, CHECK_CRC32]);
  const header = Buffer.concat([Buffer.from('fd377a585a00', 'hex'), flags, sum(flags)]);
  const { block, unpadded, size } = blockOf(Buffer.from(data), dictionary);
  const records = Buffer.from([0, 1, ...varint(unpadded), ...varint(size)]);
  const index = withSum(padded(records));
  const backward = Buffer.alloc(4);
  backward.writeUInt32LE(index.length / 4 - 1);
  const footer = Buffer.concat([backward, flags]);
  return Buffer.concat([header, block, index, sum(footer), footer, Buffer.from('YZ')]);
}

const CHECK_CRC32 = 1;

function blockOf(data: Buffer, dictionary: number) {
  // One filter, LZMA2, and its one byte of properties.
  const header = withSum(Buffer.from([2, 0, 0x21, 1, dictionary, 0, 0, 0]));
  const chunks: Buffer[] = [];
  for (let at = 0; at < data.length; at += 65_536) {
    const some = data.subarray(at, at + 65_536);
    // The first chunk empties the dictionary.
    const head = Buffer.from([at === 0 ? 1 : 2, (some.length - 1) >> 8, (some.length - 1) & 255]);
    chunks.push(head, some);
  }
  const packed = Buffer.concat([...chunks, Buffer.from([0])]);
  return {
    block: Buffer.concat([header, padded(packed), sum(data)]),
    unpadded: header.length + packed.length + 4,
    size: data.length,
  };
}

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

const withSum = (bytes: Buffer): Buffer => Buffer.concat([bytes, sum(bytes)]);

function sum(bytes: Buffer): Buffer {
  const written = Buffer.alloc(4);
  written.writeUInt32LE(crc32(bytes));
  return written;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
