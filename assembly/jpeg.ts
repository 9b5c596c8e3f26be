/**
 * The blocks of a baseline JPEG. Whatever is not as it should be ends the work with a sign of that: others know what to say of
 * it.
 */
import { drawBlock } from './transform';

/** Where the coefficients of a block belong, in the order of the file. */
const ZIGZAG = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
  13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52,
  45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);

/** Bits that are looked up at once; longer codes are searched for, length by length. */
const FAST: i32 = 10;
/** A table: an entry for FAST bits each; for each length the end of its codes, and where its symbols are; the symbols. */
const ENDS: usize = 4 << FAST;
const OFFSETS: usize = ENDS + 17 * 4;
const SYMBOLS: usize = OFFSETS + 17 * 4;

/** What is known of a code: its length, its symbol, and its length with the bits that the symbol says follow. */
function entryOf(length: i32, symbol: i32): u32 {
  return length | (symbol << 8) | ((length + (symbol & 15)) << 16);
}

/** Of a coefficient whose bits are looked up as well: their number with its code, how many zeros are before it, and itself. */
const HAS_VALUE: i32 = 0x80;

/**
 * A table from how many codes there are of each length (1 to 16) and their symbols; false when they are no code. In one of
 * coefficients those that are short are looked up at once.
 */
export function makeTable(table: usize, counts: usize, symbols: usize, ofCoefficients: bool): bool {
  memory.fill(table, 0, SYMBOLS + 256);
  let code: i32 = 0;
  let seen: i32 = 0;
  for (let length: i32 = 1; length <= 16; length += 1) {
    const count: i32 = load<u8>(counts + length - 1);
    store<i32>(table + OFFSETS + (length << 2), seen - code);
    for (let i: i32 = 0; i < count; i += 1, code += 1, seen += 1) {
      // All ones are no code of JPEG's.
      if (seen > 255 || code + 1 >= 1 << length) return false;
      const symbol: i32 = load<u8>(symbols + seen);
      store<u8>(table + SYMBOLS + seen, <u8>symbol);
      if (length > FAST) continue;
      const end = (code + 1) << (FAST - length);
      const size = symbol & 15;
      const hasValue = ofCoefficients && size > 0 && length + size <= FAST;
      for (let at = code << (FAST - length); at < end; at += 1) {
        store<u32>(
          table + (at << 2),
          hasValue ? valueOf(at, length, symbol) : entryOf(length, symbol),
        );
      }
    }
    // Every code of this length lies below, when both are written with sixteen bits.
    store<i32>(table + ENDS + (length << 2), code << (16 - length));
    code <<= 1;
  }
  return true;
}

/** The entry of FAST bits that hold a code and its coefficient. */
function valueOf(bits: i32, length: i32, symbol: i32): u32 {
  const size = symbol & 15;
  const value = signedOf((<u64>bits) << (64 - FAST + length), size);
  return (length + size) | HAS_VALUE | ((symbol >> 4) << 8) | (value << 16);
}

/** The entry of a code of more than FAST bits; 0 when there is none. */
function search(table: usize, bits: u64): u32 {
  const sixteen = <i32>(bits >> 48);
  for (let length = FAST + 1; length <= 16; length += 1) {
    if (sixteen >= load<i32>(table + ENDS + (length << 2))) continue;
    const at = (sixteen >> (16 - length)) + load<i32>(table + OFFSETS + (length << 2));
    return entryOf(length, load<u8>(table + SYMBOLS + (at & 255)));
  }
  return 0;
}

/** How many zeros are written behind coded bytes: more than a block can ask for. */
const BEHIND: i32 = 1024;

/**
 * Copies coded bytes up to the next marker, without the zero behind each 255. Where the marker is, and at `length` how many
 * bytes came out; 0 where there is no marker, or one that is not beyond doubt.
 */
export function copyCoded(from: usize, end: usize, to: usize, length: usize): usize {
  const start = to;
  while (from < end) {
    for (; from + 16 <= end; from += 16, to += 16) {
      const bytes = v128.load(from);
      if (v128.any_true(i8x16.eq(bytes, i8x16.splat(-1)))) break;
      v128.store(to, bytes);
    }
    for (; from < end && load<u8>(from) !== 255; from += 1, to += 1) store<u8>(to, load<u8>(from));
    if (from + 1 >= end) return 0;
    const next = load<u8>(from, 1);
    if (next !== 0) {
      memory.fill(to, 0, BEHIND);
      store<i32>(length, <i32>(to - start));
      return next === 255 ? 0 : from;
    }
    store<u8>(to, 255);
    from += 2;
    to += 1;
  }
  return 0;
}

/** A reader: bits that wait, the first of them highest; how many there are; where the next come from. */
const COUNT: usize = 8;
const AT: usize = 12;

/** The number that the `size` highest bits stand for: half of them are negative. */
function signedOf(bits: u64, size: i32): i32 {
  const value = <i32>(bits >> (64 - size));
  return value + (((value >> (size - 1)) - 1) & (1 - (1 << size)));
}

/** Pixels of 8 bits have no such coefficient, with which decoders of 16 and of 32 bits part. */
function isBeyond(coefficient: i32): bool {
  return <u32>(coefficient + 4096) > 8192;
}

/**
 * Reads a block: its difference is added to what lies at `last`, and its coefficients, multiplied by `steps`, are put in their
 * places, where zeros are. The bits of all those places, or -1 for what is no block.
 */
function readBlock(
  reader: usize,
  dc: usize,
  ac: usize,
  last: usize,
  steps: usize,
  out: usize,
): i32 {
  let bits = load<u64>(reader);
  let count = load<i32>(reader, COUNT);
  let at = <usize>load<i32>(reader, AT);
  if (count < 32) {
    bits |= (<u64>bswap(load<u32>(at))) << (32 - count);
    at += 4;
    count += 32;
  }
  let entry = load<u32>(dc + ((<usize>(bits >> (64 - FAST))) << 2));
  if (entry === 0) entry = search(dc, bits);
  let size: i32 = (entry >> 8) & 255;
  if (entry === 0 || size > 11) return -1;
  if (size > 0) {
    store<i32>(last, load<i32>(last) + signedOf(bits << (entry & 255), size));
  }
  bits <<= entry >> 16;
  count -= <i32>(entry >> 16);
  const level = load<i32>(last) * load<i32>(steps);
  if (isBeyond(level)) return -1;
  store<i16>(out, <i16>level);
  let places: i32 = 0;
  for (let k: i32 = 1; k < 64; k += 1) {
    if (count < 32) {
      bits |= (<u64>bswap(load<u32>(at))) << (32 - count);
      at += 4;
      count += 32;
    }
    entry = load<u32>(ac + ((<usize>(bits >> (64 - FAST))) << 2));
    let value: i32;
    if ((entry & HAS_VALUE) !== 0) {
      k += (entry >> 8) & 15;
      if (k > 63) return -1;
      value = (<i32>entry) >> 16;
      bits <<= entry & 31;
      count -= entry & 31;
    } else {
      if (entry === 0) entry = search(ac, bits);
      if (entry === 0) return -1;
      size = (entry >> 8) & 15;
      const run: i32 = (entry >> 12) & 15;
      value = size > 0 ? signedOf(bits << (entry & 255), size) : 0;
      bits <<= entry >> 16;
      count -= <i32>(entry >> 16);
      if (size === 0) {
        if (run !== 15) break;
        k += 15;
        if (k >= 63) return -1;
        continue;
      }
      k += run;
      if (k > 63 || size > 10) return -1;
    }
    value *= load<i32>(steps + (k << 2));
    if (isBeyond(value)) return -1;
    const place: i32 = load<u8>(ZIGZAG + k);
    store<i16>(out + (place << 1), <i16>value);
    places |= place;
  }
  store<u64>(reader, bits);
  store<i32>(reader, count, COUNT);
  store<i32>(reader, <i32>at, AT);
  return places;
}

/** Reads over a block; false for what is none. */
function skipBlock(reader: usize, dc: usize, ac: usize): bool {
  let bits = load<u64>(reader);
  let count = load<i32>(reader, COUNT);
  let at = <usize>load<i32>(reader, AT);
  let table = dc;
  for (let k: i32 = 0; k < 64; k += 1) {
    if (count < 32) {
      bits |= (<u64>bswap(load<u32>(at))) << (32 - count);
      at += 4;
      count += 32;
    }
    let entry = load<u32>(table + ((<usize>(bits >> (64 - FAST))) << 2));
    if ((entry & HAS_VALUE) !== 0) {
      k += (entry >> 8) & 15;
      if (k > 63) return false;
      bits <<= entry & 31;
      count -= entry & 31;
      continue;
    }
    if (entry === 0) entry = search(table, bits);
    if (entry === 0) return false;
    bits <<= entry >> 16;
    count -= <i32>(entry >> 16);
    const symbol: i32 = (entry >> 8) & 255;
    if (k === 0) {
      if (symbol > 11) return false;
      table = ac;
    } else if ((symbol & 15) > 0) {
      k += symbol >> 4;
      if (k > 63 || (symbol & 15) > 10) return false;
    } else {
      if (symbol !== 0xf0) break;
      k += 15;
      if (k >= 63) return false;
    }
  }
  store<u64>(reader, bits);
  store<i32>(reader, count, COUNT);
  store<i32>(reader, <i32>at, AT);
  return true;
}

/**
 * What is said of each block of a unit: whether it is drawn, its tables, its last difference, its steps; where its pixels go in
 * the first unit of a row of them, how long lines are there, and how far it is to the next unit.
 */
const PART: i32 = 32;

/**
 * Reads `count` units (MCUs) of a row from `first` on, of `parts` blocks each, and draws those that are to be, `down` bytes
 * further. False for what are none, or when they go on behind `end`, where the coded bytes end. `block` takes 64 numbers of 16 bits.
 */
export function readUnits(
  reader: usize,
  plan: usize,
  parts: i32,
  block: usize,
  first: i32,
  count: i32,
  down: i32,
  end: usize,
): bool {
  memory.fill(block, 0, 128);
  for (let unit = first; unit < first + count; unit += 1) {
    for (let i: i32 = 0; i < parts; i += 1) {
      const part = plan + i * PART;
      const dc = <usize>load<i32>(part, 4);
      const ac = <usize>load<i32>(part, 8);
      if (load<i32>(part) === 0) {
        if (!skipBlock(reader, dc, ac)) return false;
      } else {
        const last = <usize>load<i32>(part, 12);
        const steps = <usize>load<i32>(part, 16);
        const places = readBlock(reader, dc, ac, last, steps, block);
        if (places < 0) return false;
        const to = load<i32>(part, 20) + down + unit * load<i32>(part, 28);
        drawBlock(block, places, <usize>to, load<i32>(part, 24));
      }
      if (<usize>load<i32>(reader, AT) > end + 512) return false;
    }
  }
  return true;
}
