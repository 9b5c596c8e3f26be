/** The part of unbzip2-stream that unpacks one block; it comes without types. */
declare module 'unbzip2-stream/lib/bzip2.js' {
  export interface BitReader {
    /** The next bits as a number; null goes on to the next whole byte. */
    (count: number | null): number;
    /** Bytes that were begun. */
    readonly bytesRead: number;
  }
  const bzip2: {
    /** Reads the head of a member; its level says how large its blocks are. */
    header(bits: BitReader): number;
    /** Gives every byte of the next block to `put`; returns the sum so far, or null at the member's end. */
    decompress(
      bits: BitReader,
      put: (byte: number) => void,
      buffer: Int32Array,
      size: number,
      sum: number,
    ): number | null;
  };
  export default bzip2;
}

declare module 'unbzip2-stream/lib/bit_iterator.js' {
  import type { BitReader } from 'unbzip2-stream/lib/bzip2.js';
  /** Reads bits of what `next` gives. */
  export default function createBitReader(next: () => Uint8Array): BitReader;
}
