/** LZ4 in frames, as Arrow packs its buffers: a header, then blocks that may refer to the bytes before them. */

const MAGIC = 0x184d2204;
const MIN_MATCH = 4;
/** So few bytes are copied sooner one by one than by a call. */
const SHORT = 32;

/** Writes the bytes of one frame; throws when it is broken or does not give as many as `out` takes. */
export function unpackLz4Frame(packed: Uint8Array, out: Uint8Array): void {
  const { length } = out;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 7 || view.getUint32(0, true) !== MAGIC) throw broken();
  const flags = packed[4]!;
  const hasBlockChecksums = (flags & 0x10) !== 0;
  // Beside version and flags, of which the size and a dictionary are optional; a checksum of one byte ends it.
  let at = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  let written = 0;
  for (;;) {
    if (at + 4 > packed.length) throw broken();
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) break;
    const size = head & 0x7fffffff;
    const block = packed.subarray(at, at + size);
    if (head >>> 31) {
      if (written + size > length) throw broken();
      out.set(block, written);
      written += size;
    } else written = unpackLz4Block(block, out, written);
    at += size + (hasBlockChecksums ? 4 : 0);
  }
  if (written !== length) throw broken();
}

/** Writes a block behind what is written already; how much there is then. */
export function unpackLz4Block(block: Uint8Array, out: Uint8Array, start: number): number {
  let [at, to] = [0, start];
  /** A length goes on in further bytes while they are full. */
  const lengthFrom = (first: number): number => {
    let all = first;
    for (let byte = first === 15 ? 255 : 0; byte === 255; at += 1) {
      if (at >= block.length) throw broken();
      byte = block[at]!;
      all += byte;
    }
    return all;
  };
  while (at < block.length) {
    const token = block[at]!;
    at += 1;
    const literals = lengthFrom(token >>> 4);
    if (at + literals > block.length || to + literals > out.length) throw broken();
    if (literals > SHORT) out.set(block.subarray(at, at + literals), to);
    else for (let index = 0; index < literals; index += 1) out[to + index] = block[at + index]!;
    [at, to] = [at + literals, to + literals];
    // The last sequence of a block has no match.
    if (at === block.length) break;
    const offset = block[at]! | ((block[at + 1] ?? 0) << 8);
    at += 2;
    const match = lengthFrom(token & 15) + MIN_MATCH;
    if (offset === 0 || offset > to || to + match > out.length) throw broken();
    if (offset >= match && match > SHORT) out.copyWithin(to, to - offset, to - offset + match);
    else for (let index = 0; index < match; index += 1) out[to + index] = out[to + index - offset]!;
    to += match;
  }
  return to;
}

function broken(): Error {
  return new Error('an LZ4 frame is broken, cut off or longer than it says');
}
