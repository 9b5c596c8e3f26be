import type { BitReader } from 'unbzip2-stream/lib/bzip2.js';

/** A packed block is hardly larger than what is in it, 900 kB at most; this much is at hand when one is begun. */
const PACKED_BLOCK_BYTES = 925_000;

/**
 * The bytes of a bzip2 file, of as many members as stand one after the other. Blocks are unpacked one by one,
 * when somebody wants the next: the stream of unbzip2-stream would go on without asking, and a small file could
 * fill the memory.
 */
export async function* unpackBzip2(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { default: bzip2 } = await import('unbzip2-stream/lib/bzip2.js');
  const { default: createBitReader } = await import('unbzip2-stream/lib/bit_iterator.js');
  const input = createInput(packed);
  await input.fill(1);
  const bits: BitReader = createBitReader(input.next);
  while (await input.fill(bits.bytesRead + 4)) {
    const level = bzip2.header(bits);
    const symbols = new Int32Array(100_000 * level);
    for (let sum: number | null = 0; ;) {
      await input.fill(bits.bytesRead + PACKED_BLOCK_BYTES);
      const block = createBlock(symbols.length);
      sum = bzip2.decompress(bits, block.put, symbols, symbols.length, sum);
      if (sum === null) break;
      yield block.bytes();
    }
  }
}

/** Chunks that are at hand before they are needed, since blocks are unpacked in one go. */
function createInput(packed: AsyncIterable<Buffer>) {
  const chunks = packed[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  let bytes = 0;
  let isAtEnd = false;
  return {
    /** Reads on until there were so many bytes in all, or no more; whether there are any beyond the last four. */
    async fill(upTo: number): Promise<boolean> {
      while (!isAtEnd && bytes < upTo) {
        const { value, done } = await chunks.next();
        if (done === true) isAtEnd = true;
        else {
          held.push(value);
          bytes += value.length;
        }
      }
      return bytes > upTo - 4;
    },
    next: (): Buffer => {
      const chunk = held.shift();
      if (!chunk) throw new Error('it ends in a block');
      return chunk;
    },
  };
}

/** One unpacked block. Runs of a byte make it up to 51 times as large as its symbols. */
function createBlock(symbols: number) {
  let bytes = Buffer.allocUnsafe(symbols);
  let length = 0;
  return {
    put: (byte: number): void => {
      if (length === bytes.length) {
        const larger = Buffer.allocUnsafe(length * 2);
        bytes.copy(larger);
        bytes = larger;
      }
      bytes[length] = byte;
      length += 1;
    },
    bytes: () => bytes.subarray(0, length),
  };
}
