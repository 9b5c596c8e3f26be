import { decompressZstd } from 'hyparquet-compressors';

/** Stands behind the last block while it is unpacked: where it comes to lie tells how many bytes came before it. */
const END = Buffer.from('the end of bytes');
const MAGIC = 0xfd2fb528;
const RAW = 0;
const RUN = 1;

/**
 * The bytes of one frame of Zstandard, which must be as many as are asked for. The library fills what it is given, and
 * tells neither when a frame ends before nor when it goes on behind it.
 */
export function unpackZstd(packed: Uint8Array, size: number): Uint8Array {
  const { last, end } = lastBlockOf(packed);
  const head = Uint8Array.of((END.length << 3) | (RAW << 1) | 1, 0, 0);
  const marked = Buffer.concat([packed.subarray(0, end), head, END]);
  marked[last]! &= 0xfe;
  const out = decompressZstd(marked, new Uint8Array(size + END.length));
  if (!END.equals(out.subarray(size))) throw broken();
  return out.subarray(0, size);
}

/** Where the last block begins, and where it ends; behind it is at most the checksum. */
function lastBlockOf(packed: Uint8Array): { last: number; end: number } {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 6 || view.getUint32(0, true) !== MAGIC) throw broken();
  const flags = packed[4]!;
  const isSingle = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
  const sizeBytes = flags >> 6 === 0 ? Number(isSingle) : 1 << (flags >> 6);
  let at = 5 + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes;
  for (;;) {
    if (at + 3 > packed.length) throw broken();
    const head = view.getUint16(at, true) | (packed[at + 2]! << 16);
    const end = at + 3 + ((head >> 1) % 4 === RUN ? 1 : head >> 3);
    if (head % 2 === 1) {
      if (end + (flags & 4) !== packed.length) throw broken();
      return { last: at, end };
    }
    at = end;
  }
}

function broken(): Error {
  return new Error('a Zstandard frame is broken, cut off or longer than it says');
}
