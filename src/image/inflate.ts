import { BitReader, codeOf, type Code } from './huffman-code.ts';

/**
 * The bytes of a zlib stream (RFC 1950, RFC 1951) that is known to hold `length` of them; undefined for one that is
 * broken or holds more or fewer. For small streams: Node's own decoder costs several times as much to set up as they take
 * to decode, and what it is made of outlives many a collection of the young generation.
 */
export function inflate(stream: Uint8Array, length: number): Uint8Array | undefined {
  const [method = 0, flags = 0] = stream;
  const isDeflate = (method & 15) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0;
  const hasDictionary = (flags & 32) !== 0;
  if (!isDeflate || hasDictionary) return undefined;
  const bits = new BitReader(stream.subarray(2));
  const out: Output = { bytes: new Uint8Array(length), size: 0 };
  for (let isLast = false; !isLast;) {
    isLast = bits.take(1) === 1;
    if (!readBlock(bits, bits.take(2), out) || bits.isOver) return undefined;
  }
  if (out.size !== length) return undefined;
  bits.dropPartOfByte();
  let checksum = 0;
  for (let i = 0; i < 4; i += 1) checksum = ((checksum << 8) | bits.take(8)) >>> 0;
  return !bits.isOver && checksum === adler32(out.bytes) ? out.bytes : undefined;
}

interface Output {
  readonly bytes: Uint8Array;
  size: number;
}

/** False for a block that is broken or larger than what it is to be put into. */
function readBlock(bits: BitReader, type: number, out: Output): boolean {
  if (type === 0) return readStored(bits, out);
  if (type === 1) return readCompressed(bits, fixedCodes, out);
  const codes = type === 2 ? readCodes(bits) : undefined;
  return codes !== undefined && readCompressed(bits, codes, out);
}

function readStored(bits: BitReader, out: Output): boolean {
  bits.dropPartOfByte();
  const length = bits.take(8) | (bits.take(8) << 8);
  const complement = bits.take(8) | (bits.take(8) << 8);
  if ((length ^ complement) !== 0xffff || length > out.bytes.length - out.size) return false;
  for (let i = 0; i < length; i += 1) out.bytes[out.size + i] = bits.take(8);
  out.size += length;
  return true;
}

/** The codes of a block: of bytes and lengths, and of distances. */
interface Codes {
  readonly symbols: Code;
  readonly distances: Code;
}

const endOfBlock = 256;
/** Least length and distance of the symbols that stand for several, and how many bits say which it is. */
const lengthBases = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const lengthBits = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const distanceBases = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
const distanceBits = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

function readCompressed(bits: BitReader, { symbols, distances }: Codes, out: Output): boolean {
  const { bytes } = out;
  let { size } = out;
  for (;;) {
    const symbol = bits.decode(symbols);
    if (symbol < endOfBlock) {
      if (symbol < 0 || size === bytes.length) return false;
      bytes[size] = symbol;
      size += 1;
      continue;
    }
    if (symbol === endOfBlock) break;
    const base = lengthBases[symbol - endOfBlock - 1];
    if (base === undefined) return false;
    const length = base + bits.take(lengthBits[symbol - endOfBlock - 1]!);
    const code = bits.decode(distances);
    const nearest = distanceBases[code];
    if (nearest === undefined) return false;
    const distance = nearest + bits.take(distanceBits[code]!);
    if (distance > size || length > bytes.length - size) return false;
    // Byte by byte: what is copied may begin with what it has just written.
    for (let i = 0; i < length; i += 1, size += 1) bytes[size] = bytes[size - distance]!;
  }
  out.size = size;
  return true;
}

/** In which order the lengths of the code that the two others are written in come. */
const orderOfLengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The codes that a block brings along. */
function readCodes(bits: BitReader): Codes | undefined {
  const symbolCount = bits.take(5) + 257;
  const distanceCount = bits.take(5) + 1;
  const count = bits.take(4) + 4;
  if (symbolCount > 286 || distanceCount > 30) return undefined;
  const lengthsOfLengths = new Uint8Array(orderOfLengths.length);
  for (let i = 0; i < count; i += 1) lengthsOfLengths[orderOfLengths[i]!] = bits.take(3);
  const code = codeOf(lengthsOfLengths);
  const lengths = code && readLengths(bits, code, symbolCount + distanceCount);
  if (!lengths || lengths[endOfBlock] === 0) return undefined;
  const symbols = codeOf(lengths.subarray(0, symbolCount));
  const distances = codeOf(lengths.subarray(symbolCount));
  return symbols && distances && { symbols, distances };
}

/** Lengths of words, where 16 repeats the one before, and 17 and 18 are runs of zeros. */
function readLengths(bits: BitReader, code: Code, count: number): Uint8Array | undefined {
  const lengths = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const symbol = bits.decode(code);
    if (symbol < 0 || (symbol === 16 && at === 0)) return undefined;
    if (symbol < 16) {
      lengths[at] = symbol;
      at += 1;
      continue;
    }
    const value = symbol === 16 ? lengths[at - 1]! : 0;
    const times =
      symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    if (at + times > count) return undefined;
    lengths.fill(value, at, at + times);
    at += times;
  }
  return lengths;
}

const fixedCodes: Codes = {
  symbols: codeOf(
    Uint8Array.from({ length: 288 }, (_, symbol) =>
      symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
    ),
  )!,
  distances: codeOf(new Uint8Array(32).fill(5))!,
};

/** Sums of so many bytes stay below 2^31. */
const bytesUntilOverflow = 2_000;

/** The checksum of RFC 1950. */
function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let from = 0; from < bytes.length; from += bytesUntilOverflow) {
    const end = Math.min(bytes.length, from + bytesUntilOverflow);
    for (let at = from; at < end; at += 1) {
      low += bytes[at]!;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}
