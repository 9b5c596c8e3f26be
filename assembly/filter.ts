/**
 * The two passes of src/image/resampling/filter-raster.ts in whole numbers of 32 bits, so that both give the same bytes.
 * Up to fifteen bytes beyond each array are read, and beyond `out` written; nothing that counts lies there.
 */

/** As many bits behind the point as weights have. */
const PRECISION: i32 = 22;
const HALF: i32 = 1 << (PRECISION - 1);

/** Swizzles: the bytes of four colour pixels apart, four lanes of 32 bits each; 255 makes a zero. */
const FIRST = i32x4(0xffffff00, 0xffffff01, 0xffffff02, 0xffffff03);
const SECOND = i32x4(0xffffff04, 0xffffff05, 0xffffff06, 0xffffff07);
const THIRD = i32x4(0xffffff08, 0xffffff09, 0xffffff0a, 0xffffff0b);

function toByte(sum: i32): i32 {
  const value = sum >> PRECISION;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** How many bits of a weight are multiplied by themselves, so that both parts of it have less than 16. */
const SPLIT: i32 = 11;

/** Splits `count` weights, a multiple of eight, in place: of eight at a time first the upper bits, then the lower ones. */
export function splitWeights(weights: usize, count: i32): void {
  const lower = i32x4.splat((1 << SPLIT) - 1);
  const end = weights + (count << 2);
  for (let at = weights; at < end; at += 32) {
    const one = v128.load(at);
    const two = v128.load(at, 16);
    v128.store(at, i16x8.narrow_i32x4_s(i32x4.shr_s(one, SPLIT), i32x4.shr_s(two, SPLIT)));
    v128.store(at, i16x8.narrow_i32x4_s(v128.and(one, lower), v128.and(two, lower)), 16);
  }
}

/** Eight pixels by eight weights, whose upper bits lie at `part` and whose lower bits behind them: the sums of four of each. */
function weighed(at: usize, part: usize): v128 {
  const pixels = v128.load8x8_u(at);
  const upper = i32x4.dot_i16x8_s(pixels, v128.load(part));
  return i32x4.add(i32x4.shl(upper, SPLIT), i32x4.dot_i16x8_s(pixels, v128.load(part, 16)));
}

/**
 * Lines of grey pixels, each to `width` of them: `stride` weights for every one, a multiple of eight, zeros at their end, split
 * by `splitWeights`. Four lines at a time, so that what is done once for each pixel is done once for four.
 */
export function filterGreyColumns(
  source: usize,
  line: i32,
  lines: i32,
  first: usize,
  count: usize,
  weights: usize,
  stride: i32,
  width: i32,
  out: usize,
): void {
  const fours = lines & ~3;
  for (let y: i32 = 0; y < fours; y += 4, source += line << 2, out += 3 * width) {
    const second = source + line;
    const third = second + line;
    const fourth = third + line;
    let weight = weights;
    for (let x: i32 = 0; x < width; x += 1, weight += stride << 2, out += 1) {
      const place = <usize>(x << 2);
      let at = load<i32>(first + place);
      const end = at + load<i32>(count + place);
      let one = i32x4.splat(0);
      let two = i32x4.splat(0);
      let three = i32x4.splat(0);
      let four = i32x4.splat(0);
      for (let part = weight; at < end; at += 8, part += 32) {
        one = i32x4.add(one, weighed(source + at, part));
        two = i32x4.add(two, weighed(second + at, part));
        three = i32x4.add(three, weighed(third + at, part));
        four = i32x4.add(four, weighed(fourth + at, part));
      }
      const upperTwo = i32x4.add(
        v128.shuffle<i32>(one, two, 0, 4, 1, 5),
        v128.shuffle<i32>(one, two, 2, 6, 3, 7),
      );
      const lowerTwo = i32x4.add(
        v128.shuffle<i32>(three, four, 0, 4, 1, 5),
        v128.shuffle<i32>(three, four, 2, 6, 3, 7),
      );
      const sums = i32x4.add(
        v128.shuffle<i64>(upperTwo, lowerTwo, 0, 2),
        v128.shuffle<i64>(upperTwo, lowerTwo, 1, 3),
      );
      const levels = i32x4.shr_s(i32x4.add(sums, i32x4.splat(HALF)), PRECISION);
      const numbers = i16x8.narrow_i32x4_s(levels, levels);
      const bytes = i8x16.narrow_i16x8_u(numbers, numbers);
      v128.store8_lane(out, bytes, 0);
      v128.store8_lane(out + width, bytes, 1);
      v128.store8_lane(out + 2 * width, bytes, 2);
      v128.store8_lane(out + 3 * width, bytes, 3);
    }
  }
  for (let y = fours; y < lines; y += 1, source += line) {
    let weight = weights;
    for (let x: i32 = 0; x < width; x += 1, weight += stride << 2, out += 1) {
      const place = <usize>(x << 2);
      let at = source + load<i32>(first + place);
      const end = at + load<i32>(count + place);
      let sum = i32x4.splat(0);
      for (let part = weight; at < end; at += 8, part += 32) {
        sum = i32x4.add(sum, weighed(at, part));
      }
      sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
      sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 1, 0, 3, 2));
      store<u8>(out, toByte(i32x4.extract_lane(sum, 0) + HALF));
    }
  }
}

/** The same of colour pixels. */
export function filterColourColumns(
  source: usize,
  line: i32,
  lines: i32,
  first: usize,
  count: usize,
  weights: usize,
  stride: i32,
  width: i32,
  out: usize,
): void {
  for (let y: i32 = 0; y < lines; y += 1, source += line) {
    let weight = weights;
    for (let x: i32 = 0; x < width; x += 1, weight += stride << 2, out += 3) {
      const place = <usize>(x << 2);
      let at = source + load<i32>(first + place) * 3;
      const end = at + load<i32>(count + place) * 3;
      let one = i32x4.splat(0);
      let two = i32x4.splat(0);
      let three = i32x4.splat(0);
      for (let part = weight; at < end; at += 12, part += 16) {
        const pixels = v128.load(at);
        const share = v128.load(part);
        const left = i32x4.shuffle(share, share, 0, 0, 0, 1);
        const middle = i32x4.shuffle(share, share, 1, 1, 2, 2);
        const right = i32x4.shuffle(share, share, 2, 3, 3, 3);
        one = i32x4.add(one, i32x4.mul(i8x16.swizzle(pixels, FIRST), left));
        two = i32x4.add(two, i32x4.mul(i8x16.swizzle(pixels, SECOND), middle));
        three = i32x4.add(three, i32x4.mul(i8x16.swizzle(pixels, THIRD), right));
      }
      // Red lies in the lanes 0, 3, 6 and 9 of the twelve, green and blue behind it.
      const red =
        i32x4.extract_lane(one, 0) +
        i32x4.extract_lane(one, 3) +
        i32x4.extract_lane(two, 2) +
        i32x4.extract_lane(three, 1);
      const green =
        i32x4.extract_lane(one, 1) +
        i32x4.extract_lane(two, 0) +
        i32x4.extract_lane(two, 3) +
        i32x4.extract_lane(three, 2);
      const blue =
        i32x4.extract_lane(one, 2) +
        i32x4.extract_lane(two, 1) +
        i32x4.extract_lane(three, 0) +
        i32x4.extract_lane(three, 3);
      store<u8>(out, toByte(red + HALF));
      store<u8>(out, toByte(green + HALF), 1);
      store<u8>(out, toByte(blue + HALF), 2);
    }
  }
}

/** Lines of `line` bytes to `height` others. */
export function filterRows(
  source: usize,
  line: i32,
  first: usize,
  count: usize,
  weights: usize,
  stride: i32,
  height: i32,
  out: usize,
): void {
  for (let y: i32 = 0; y < height; y += 1, out += line, weights += stride << 2) {
    const place = <usize>(y << 2);
    const top = source + load<i32>(first + place) * line;
    const end = weights + (load<i32>(count + place) << 2);
    for (let x: i32 = 0; x < line; x += 16) {
      let one = i32x4.splat(HALF);
      let two = i32x4.splat(HALF);
      let three = i32x4.splat(HALF);
      let four = i32x4.splat(HALF);
      let at = top + x;
      for (let part = weights; part < end; part += 4, at += line) {
        const share = v128.load32_splat(part);
        const pixels = v128.load(at);
        const low = i16x8.extend_low_i8x16_u(pixels);
        const high = i16x8.extend_high_i8x16_u(pixels);
        one = i32x4.add(one, i32x4.mul(i32x4.extend_low_i16x8_u(low), share));
        two = i32x4.add(two, i32x4.mul(i32x4.extend_high_i16x8_u(low), share));
        three = i32x4.add(three, i32x4.mul(i32x4.extend_low_i16x8_u(high), share));
        four = i32x4.add(four, i32x4.mul(i32x4.extend_high_i16x8_u(high), share));
      }
      const low = i16x8.narrow_i32x4_s(i32x4.shr_s(one, PRECISION), i32x4.shr_s(two, PRECISION));
      const high = i16x8.narrow_i32x4_s(
        i32x4.shr_s(three, PRECISION),
        i32x4.shr_s(four, PRECISION),
      );
      v128.store(out + x, i8x16.narrow_i16x8_u(low, high));
    }
  }
}
