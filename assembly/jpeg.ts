/**
 * The lightness of a baseline JPEG, by the arithmetic of libjpeg's accurate decoder, so that its pixels are the same; chroma
 * is read over. Whatever is not as it should be ends the work with a sign of that: others know what to say of it.
 */

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

/** A table from how many codes there are of each length (1 to 16) and their symbols; false when they are no code. */
export function makeTable(table: usize, counts: usize, symbols: usize): bool {
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
      for (let at = code << (FAST - length); at < end; at += 1) {
        store<u32>(table + (at << 2), entryOf(length, symbol));
      }
    }
    // Every code of this length lies below, when both are written with sixteen bits.
    store<i32>(table + ENDS + (length << 2), code << (16 - length));
    code <<= 1;
  }
  return true;
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
 * Reads a block of lightness: its difference is added to what lies at `last`, and its coefficients, multiplied by `steps`,
 * are put in their places, where zeros are. The place in the file of the last of them, or -1 for what is no block.
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
  store<i32>(out, level);
  let highest: i32 = 0;
  for (let k: i32 = 1; k < 64; k += 1) {
    if (count < 32) {
      bits |= (<u64>bswap(load<u32>(at))) << (32 - count);
      at += 4;
      count += 32;
    }
    entry = load<u32>(ac + ((<usize>(bits >> (64 - FAST))) << 2));
    if (entry === 0) entry = search(ac, bits);
    if (entry === 0) return -1;
    size = (entry >> 8) & 15;
    const run: i32 = (entry >> 12) & 15;
    if (size > 0) {
      k += run;
      if (k > 63 || size > 10) return -1;
      const place = (<usize>load<u8>(ZIGZAG + k)) << 2;
      const value = signedOf(bits << (entry & 255), size) * load<i32>(steps + (k << 2));
      if (isBeyond(value)) return -1;
      store<i32>(out + place, value);
      highest = k;
    }
    bits <<= entry >> 16;
    count -= <i32>(entry >> 16);
    if (size > 0) continue;
    if (run !== 15) break;
    k += 15;
    if (k >= 63) return -1;
  }
  store<u64>(reader, bits);
  store<i32>(reader, count, COUNT);
  store<i32>(reader, <i32>at, AT);
  return highest;
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

/** Multiplies by a number of thirteen binary places. */
function times(value: v128, factor: i32): v128 {
  return i32x4.mul(value, i32x4.splat(factor));
}

/**
 * One pass of the inverse transform over four columns of eight: each becomes a line of `to`, with `shift` binary places
 * less.
 */
function transform(from: usize, to: usize, shift: i32): void {
  const in0 = v128.load(from);
  const in1 = v128.load(from, 32);
  const in2 = v128.load(from, 64);
  const in3 = v128.load(from, 96);
  const in4 = v128.load(from, 128);
  const in5 = v128.load(from, 160);
  const in6 = v128.load(from, 192);
  const in7 = v128.load(from, 224);
  const round = i32x4.splat(1 << (shift - 1));

  const turned = times(i32x4.add(in2, in6), 4433);
  const turned2 = i32x4.add(turned, times(in6, -15137));
  const turned3 = i32x4.add(turned, times(in2, 6270));
  const sum = i32x4.add(i32x4.shl(i32x4.add(in0, in4), 13), round);
  const gap = i32x4.add(i32x4.shl(i32x4.sub(in0, in4), 13), round);
  const even0 = i32x4.add(sum, turned3);
  const even1 = i32x4.add(gap, turned2);
  const even2 = i32x4.sub(gap, turned2);
  const even3 = i32x4.sub(sum, turned3);

  const sum73 = i32x4.add(in7, in3);
  const sum51 = i32x4.add(in5, in1);
  const all = times(i32x4.add(sum73, sum51), 9633);
  const part73 = i32x4.add(times(sum73, -16069), all);
  const part51 = i32x4.add(times(sum51, -3196), all);
  const part71 = times(i32x4.add(in7, in1), -7373);
  const part53 = times(i32x4.add(in5, in3), -20995);
  const odd0 = i32x4.add(times(in7, 2446), i32x4.add(part71, part73));
  const odd1 = i32x4.add(times(in5, 16819), i32x4.add(part53, part51));
  const odd2 = i32x4.add(times(in3, 25172), i32x4.add(part53, part73));
  const odd3 = i32x4.add(times(in1, 12299), i32x4.add(part71, part51));

  turnInto(
    to,
    i32x4.shr_s(i32x4.add(even0, odd3), shift),
    i32x4.shr_s(i32x4.add(even1, odd2), shift),
    i32x4.shr_s(i32x4.add(even2, odd1), shift),
    i32x4.shr_s(i32x4.add(even3, odd0), shift),
  );
  turnInto(
    to + 16,
    i32x4.shr_s(i32x4.sub(even3, odd0), shift),
    i32x4.shr_s(i32x4.sub(even2, odd1), shift),
    i32x4.shr_s(i32x4.sub(even1, odd2), shift),
    i32x4.shr_s(i32x4.sub(even0, odd3), shift),
  );
}

/** Four lines of four numbers become columns of lines that are eight numbers long. */
function turnInto(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const moreAb = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const moreCd = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i32>(ab, cd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<i32>(ab, cd, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<i32>(moreAb, moreCd, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<i32>(moreAb, moreCd, 2, 3, 6, 7), 96);
}

/** Draws a block of 64 coefficients into a plane, and leaves zeros in it. `room` takes 64 numbers. */
function drawBlock(block: usize, highest: i32, room: usize, to: usize, stride: i32): void {
  if (highest === 0) {
    const level = min(255, max(0, (((load<i32>(block) << 2) + 16) >> 5) + 128));
    store<i32>(block, 0);
    const line = i8x16.splat(<i8>level);
    for (let y: i32 = 0; y < 8; y += 1, to += stride) v128.store64_lane(to, line, 0);
    return;
  }
  transform(block, room, 11);
  transform(block + 16, room + 128, 11);
  transform(room, block, 18);
  transform(room + 16, block + 128, 18);
  const middle = i16x8.splat(128);
  for (let y: i32 = 0; y < 8; y += 1, to += stride, block += 32) {
    const line = i16x8.narrow_i32x4_s(v128.load(block), v128.load(block, 16));
    const levels = i16x8.add_sat_s(line, middle);
    v128.store64_lane(to, i8x16.narrow_i16x8_u(levels, levels), 0);
    v128.store(block, i32x4.splat(0));
    v128.store(block, i32x4.splat(0), 16);
  }
}

/** What is said of each block of a unit: whether it is lightness, its tables, its last difference, where it goes. */
const PART: i32 = 20;

/**
 * Reads `count` units (MCUs) from `first` on, of `parts` blocks each, and draws those of lightness. False for what are none,
 * or when they go on behind `end`, where the coded bytes end. `room` takes 128 numbers.
 */
export function readUnits(
  reader: usize,
  plan: usize,
  parts: i32,
  steps: usize,
  room: usize,
  first: i32,
  count: i32,
  across: i32,
  unitWidth: i32,
  unitHeight: i32,
  plane: usize,
  end: usize,
): bool {
  const stride = across * unitWidth;
  const block = room + 256;
  memory.fill(block, 0, 256);
  for (let unit = first; unit < first + count; unit += 1) {
    const row = unit / across;
    const corner = plane + row * unitHeight * stride + (unit - row * across) * unitWidth;
    for (let i: i32 = 0; i < parts; i += 1) {
      const part = plan + i * PART;
      const dc = <usize>load<i32>(part, 4);
      const ac = <usize>load<i32>(part, 8);
      if (load<i32>(part) === 0) {
        if (!skipBlock(reader, dc, ac)) return false;
      } else {
        const last = <usize>load<i32>(part, 12);
        const highest = readBlock(reader, dc, ac, last, steps, block);
        if (highest < 0) return false;
        drawBlock(block, highest, room, corner + load<i32>(part, 16), stride);
      }
      if (<usize>load<i32>(reader, AT) > end + 512) return false;
    }
  }
  return true;
}
