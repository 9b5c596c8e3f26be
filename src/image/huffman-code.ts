const longestWord = 15;
/** Words of at most so many bits, most of those that are used, are looked up at once. */
const mostShortBits = 9;

/** A canonical Huffman code. */
export interface Code {
  /** By the next bits: a symbol and the length of its word, `symbol << 4 | length`; 0 where the word is longer or none. */
  readonly short: Uint16Array;
  /** How many words have each length, and their symbols in the order of the words. */
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** The code whose words have these lengths, 0 for none; undefined where there is no such code. */
export function codeOf(lengths: Uint8Array): Code | undefined {
  const counts = new Uint16Array(longestWord + 1);
  for (const length of lengths) counts[length]! += 1;
  const words = lengths.length - counts[0]!;
  counts[0] = 0;
  const next = new Uint16Array(longestWord + 2);
  const firstWords = new Uint16Array(longestWord + 2);
  let free = 1;
  let longest = 0;
  for (let length = 1; length <= longestWord; length += 1) {
    if (counts[length]! > 0) longest = length;
    free = free * 2 - counts[length]!;
    if (free < 0) return undefined;
    next[length + 1] = next[length]! + counts[length]!;
    firstWords[length + 1] = (firstWords[length]! + counts[length]!) << 1;
  }
  // One word alone may leave room for others, which are then none.
  if (free > 0 && words > 0 && !(words === 1 && counts[1] === 1)) return undefined;
  const symbols = new Uint16Array(words);
  const shortBits = Math.min(mostShortBits, longest);
  const short = new Uint16Array(1 << shortBits);
  for (let symbol = 0; symbol < lengths.length; symbol += 1) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    symbols[next[length]!] = symbol;
    next[length]! += 1;
    const word = reversed(firstWords[length]!, length);
    firstWords[length]! += 1;
    if (length > shortBits) continue;
    for (let at = word; at < short.length; at += 1 << length) short[at] = (symbol << 4) | length;
  }
  return { short, counts, symbols };
}

/** The bits of a word in the order in which they are read. */
function reversed(word: number, length: number): number {
  let bits = 0;
  for (let i = 0; i < length; i += 1) bits |= ((word >> i) & 1) << (length - 1 - i);
  return bits;
}

/** Reads bits, the lowest of each byte first. Behind the end there are zeros. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether more was taken than there is. */
  get isOver(): boolean {
    return this.#at - (this.#count >> 3) > this.#bytes.length;
  }

  /** The next `count` bits, at most 15, as a number. */
  take(count: number): number {
    this.#hold(count);
    const taken = this.#held & ((1 << count) - 1);
    this.#drop(count);
    return taken;
  }

  dropPartOfByte(): void {
    this.#drop(this.#count & 7);
  }

  /** The next symbol, -1 where no word of the code is next. */
  decode({ short, counts, symbols }: Code): number {
    this.#hold(longestWord);
    const found = short[this.#held & (short.length - 1)]!;
    if (found !== 0) {
      this.#drop(found & 15);
      return found >> 4;
    }
    let word = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= longestWord; length += 1) {
      word |= (this.#held >> (length - 1)) & 1;
      const count = counts[length]!;
      if (word - first < count) {
        this.#drop(length);
        return symbols[index + word - first]!;
      }
      index += count;
      first = (first + count) << 1;
      word <<= 1;
    }
    return -1;
  }

  #hold(count: number): void {
    for (; this.#count < count; this.#at += 1, this.#count += 8) {
      this.#held |= (this.#bytes[this.#at] ?? 0) << this.#count;
    }
  }

  #drop(count: number): void {
    this.#held >>>= count;
    this.#count -= count;
  }
}
