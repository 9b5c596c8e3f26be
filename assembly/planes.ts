/**
 * The loops over planes, four pixels at a time. Each has a twin in src/image/handwriting/plain-loops.ts that does the same
 * arithmetic, rounded to 32 bits at every step, so that both give the same bits. Addresses and strides are in bytes, counts
 * in pixels. Lines are shared out as `Cells` of src/image/handwriting/cells.ts say.
 */

/** Swizzles: three bytes of colour to a lane, and the third byte of each lane together; 255 makes a zero. */
const APART = i32x4(0xff020100, 0xff050403, 0xff080706, 0xff0b0a09);
const TOGETHER = i32x4(0x0e0a0602, -1, -1, -1);

/** Grey of RGB pixels, as `toGrey` weighs them. Sixteen bytes are read for every twelve. */
export function greyOfColour(from: usize, to: usize, count: i32): void {
  const low = i32x4.splat(255);
  let at: i32 = 0;
  for (; at + 4 <= count; at += 4, from += 12) {
    const pixels = i8x16.swizzle(v128.load(from), APART);
    const red = i32x4.mul(v128.and(pixels, low), i32x4.splat(19595));
    const green = i32x4.mul(v128.and(i32x4.shr_u(pixels, 8), low), i32x4.splat(38470));
    const blue = i32x4.mul(i32x4.shr_u(pixels, 16), i32x4.splat(7471));
    const luma = i32x4.add(i32x4.add(red, green), i32x4.add(blue, i32x4.splat(0x8000)));
    v128.store32_lane(to + at, i8x16.swizzle(luma, TOGETHER), 0);
  }
  for (; at < count; at += 1, from += 3) {
    const warm: i32 = <i32>load<u8>(from) * 19595 + <i32>load<u8>(from, 1) * 38470;
    store<u8>(to + at, (warm + <i32>load<u8>(from, 2) * 7471 + 0x8000) >> 16);
  }
}

function lowNumbers(a: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(a));
}

function highNumbers(a: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(a));
}

/** Lines that are sums of lines of bytes, from the first column to see on, each by its share. */
export function sumLinesOfBytes(
  source: usize,
  stride: i32,
  count: i32,
  from: usize,
  start: usize,
  share: usize,
  lines: i32,
  out: usize,
): void {
  for (let y: i32 = 0; y < lines; y += 1, from += 4, start += 4) {
    const top = source + load<i32>(from) * stride;
    const first = share + (load<i32>(start) << 2);
    const end = share + (load<i32>(start, 4) << 2);
    let x: i32 = 0;
    for (; x + 16 <= count; x += 16, out += 64) {
      let one = f32x4.splat(0);
      let two = f32x4.splat(0);
      let three = f32x4.splat(0);
      let four = f32x4.splat(0);
      let line = top + x;
      for (let at = first; at < end; at += 4, line += stride) {
        const part = v128.load32_splat(at);
        const pixels = v128.load(line);
        const low = i16x8.extend_low_i8x16_u(pixels);
        const high = i16x8.extend_high_i8x16_u(pixels);
        one = f32x4.add(one, f32x4.mul(lowNumbers(low), part));
        two = f32x4.add(two, f32x4.mul(highNumbers(low), part));
        three = f32x4.add(three, f32x4.mul(lowNumbers(high), part));
        four = f32x4.add(four, f32x4.mul(highNumbers(high), part));
      }
      v128.store(out, one);
      v128.store(out, two, 16);
      v128.store(out, three, 32);
      v128.store(out, four, 48);
    }
    for (; x < count; x += 1, out += 4) {
      let sum: f32 = 0;
      let line = top + x;
      for (let at = first; at < end; at += 4, line += stride) {
        sum += <f32>load<u8>(line) * load<f32>(at);
      }
      store<f32>(out, sum);
    }
  }
}

/** The same of lines of numbers. */
export function sumLines(
  source: usize,
  stride: i32,
  count: i32,
  from: usize,
  start: usize,
  share: usize,
  lines: i32,
  out: usize,
): void {
  for (let y: i32 = 0; y < lines; y += 1, from += 4, start += 4) {
    const top = source + load<i32>(from) * stride;
    const first = share + (load<i32>(start) << 2);
    const end = share + (load<i32>(start, 4) << 2);
    let x: i32 = 0;
    for (; x + 4 <= count; x += 4, out += 16) {
      let sum = f32x4.splat(0);
      let line = top + (x << 2);
      for (let at = first; at < end; at += 4, line += stride) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(line), v128.load32_splat(at)));
      }
      v128.store(out, sum);
    }
    for (; x < count; x += 1, out += 4) {
      let sum: f32 = 0;
      let line = top + (x << 2);
      for (let at = first; at < end; at += 4, line += stride)
        sum += load<f32>(line) * load<f32>(at);
      store<f32>(out, sum);
    }
  }
}

/** Four lines of four numbers become columns. */
function storeTurned(to: usize, stride: i32, a: v128, b: v128, c: v128, d: v128): void {
  const above = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const above2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const below = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const below2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(above, below, 0, 2));
  v128.store(to + stride, v128.shuffle<i64>(above, below, 1, 3));
  v128.store(to + (stride << 1), v128.shuffle<i64>(above2, below2, 0, 2));
  v128.store(to + stride * 3, v128.shuffle<i64>(above2, below2, 1, 3));
}

/** Four lines at once: the sum of a cell, of columns that lie turned at `turned`. */
function sumCell(turned: usize, from: usize, start: usize, share: usize): v128 {
  let sum = f32x4.splat(0);
  let at = turned + (load<i32>(from) << 4);
  const end = share + (load<i32>(start, 4) << 2);
  for (let part = share + (load<i32>(start) << 2); part < end; part += 4, at += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load32_splat(part)));
  }
  return sum;
}

/**
 * Columns that are sums of columns of lines of `seen` numbers, four lines at a time, which are turned at first: `turned` takes four
 * times as many numbers as a line has, and twelve besides.
 */
export function sumColumns(
  source: usize,
  seen: i32,
  lines: i32,
  from: usize,
  start: usize,
  share: usize,
  columns: i32,
  turned: usize,
  out: usize,
): void {
  const stride = seen << 2;
  const width = columns << 2;
  let y: i32 = 0;
  for (; y + 4 <= lines; y += 4, source += stride << 2, out += width << 2) {
    for (let x: i32 = 0; x < stride; x += 16) {
      const at = source + x;
      storeTurned(
        turned + (x << 2),
        16,
        v128.load(at),
        v128.load(at + stride),
        v128.load(at + (stride << 1)),
        v128.load(at + stride * 3),
      );
    }
    let x: i32 = 0;
    for (; x + 16 <= width; x += 16) {
      storeTurned(
        out + x,
        width,
        sumCell(turned, from + x, start + x, share),
        sumCell(turned, from + x + 4, start + x + 4, share),
        sumCell(turned, from + x + 8, start + x + 8, share),
        sumCell(turned, from + x + 12, start + x + 12, share),
      );
    }
    for (; x < width; x += 4) {
      const sum = sumCell(turned, from + x, start + x, share);
      v128.store32_lane(out + x, sum, 0);
      v128.store32_lane(out + x + width, sum, 1);
      v128.store32_lane(out + x + (width << 1), sum, 2);
      v128.store32_lane(out + x + width * 3, sum, 3);
    }
  }
  for (; y < lines; y += 1, source += stride, out += width) {
    for (let x: i32 = 0; x < width; x += 4) {
      let sum: f32 = 0;
      let at = source + (load<i32>(from + x) << 2);
      const end = share + (load<i32>(start + x, 4) << 2);
      for (let part = share + (load<i32>(start + x) << 2); part < end; part += 4, at += 4) {
        sum += load<f32>(at) * load<f32>(part);
      }
      store<f32>(out + x, sum);
    }
  }
}

function smooth(before: f32, at: f32, after: f32): f32 {
  return (before + after + (at + at)) * 0.25;
}

function smoothFour(before: v128, at: v128, after: v128): v128 {
  const sum = f32x4.add(f32x4.add(before, after), f32x4.add(at, at));
  return f32x4.mul(sum, f32x4.splat(0.25));
}

/** Smooths a plane in place, 1-2-1 in both directions; the border repeats itself. `room` is as large as the plane. */
export function blur(data: usize, room: usize, width: i32, height: i32): void {
  const stride = width << 2;
  for (let y: i32 = 0; y < height; y += 1) {
    const line = data + y * stride;
    const out = room + y * stride;
    const last = stride - 4;
    let x: i32 = 4;
    const next = min(4, last);
    store<f32>(out, smooth(load<f32>(line), load<f32>(line), load<f32>(line + next)));
    for (; x + 16 <= last; x += 16) {
      const at = line + x;
      v128.store(out + x, smoothFour(v128.load(at - 4), v128.load(at), v128.load(at + 4)));
    }
    for (; x < last; x += 4) {
      const at = line + x;
      store<f32>(out + x, smooth(load<f32>(at - 4), load<f32>(at), load<f32>(at + 4)));
    }
    if (last > 0) {
      const at = line + last;
      store<f32>(out + last, smooth(load<f32>(at - 4), load<f32>(at), load<f32>(at)));
    }
  }
  for (let y: i32 = 0; y < height; y += 1) {
    const line = room + y * stride;
    const above = y > 0 ? line - stride : line;
    const below = y < height - 1 ? line + stride : line;
    const out = data + y * stride;
    let x: i32 = 0;
    for (; x + 16 <= stride; x += 16) {
      v128.store(
        out + x,
        smoothFour(v128.load(above + x), v128.load(line + x), v128.load(below + x)),
      );
    }
    for (; x < stride; x += 4) {
      store<f32>(out + x, smooth(load<f32>(above + x), load<f32>(line + x), load<f32>(below + x)));
    }
  }
}

function further(one: f32, other: f32, isMaximum: bool): f32 {
  return (isMaximum ? one < other : other < one) ? other : one;
}

function furtherFour(one: v128, other: v128, isMaximum: bool): v128 {
  return isMaximum ? f32x4.pmax(one, other) : f32x4.pmin(one, other);
}

/** Each of `count` numbers becomes the maximum of it and the one `shift` after it. */
function widen(data: usize, count: i32, shift: i32, isMaximum: bool): void {
  const end = data + (count << 2);
  const away = shift << 2;
  for (; data + 16 <= end; data += 16) {
    v128.store(data, furtherFour(v128.load(data), v128.load(data + away), isMaximum));
  }
  for (; data < end; data += 4) {
    store<f32>(data, further(load<f32>(data), load<f32>(data + away), isMaximum));
  }
}

/** Windows that begin at each of `count` numbers, in steps of `step`: twice as wide each time, the last time less. */
function widenTo(room: usize, count: i32, step: i32, window: i32, isMaximum: bool): void {
  let width: i32 = 1;
  for (; width << 1 <= window; width <<= 1) {
    widen(room, count - width * step, width * step, isMaximum);
  }
  const rest = window - width;
  if (rest > 0) widen(room, count - rest * step, rest * step, isMaximum);
}

/**
 * Every pixel becomes the maximum (or minimum) of the square within `reach`, in place. `room` takes the plane with `reach`
 * more pixels before and after each line, or lines before the first and after the last.
 */
export function slide(
  data: usize,
  room: usize,
  width: i32,
  height: i32,
  reach: i32,
  isMaximum: bool,
): void {
  const nothing: f32 = isMaximum ? -Infinity : Infinity;
  const window = (reach << 1) + 1;
  const padded = width + (reach << 1);
  fillWith(room, padded * height, nothing);
  for (let y: i32 = 0; y < height; y += 1) {
    memory.copy(room + ((y * padded + reach) << 2), data + ((y * width) << 2), width << 2);
  }
  widenTo(room, padded * height, 1, window, isMaximum);
  for (let y: i32 = 0; y < height; y += 1) {
    memory.copy(data + ((y * width) << 2), room + ((y * padded) << 2), width << 2);
  }
  const outside = reach * width;
  const inside = width * height;
  fillWith(room, outside, nothing);
  memory.copy(room + (outside << 2), data, inside << 2);
  fillWith(room + ((outside + inside) << 2), outside, nothing);
  widenTo(room, inside + (outside << 1), width, window, isMaximum);
  memory.copy(data, room, inside << 2);
}

function fillWith(data: usize, count: i32, value: f32): void {
  const end = data + (count << 2);
  for (; data + 16 <= end; data += 16) v128.store(data, f32x4.splat(value));
  for (; data < end; data += 4) store<f32>(data, value);
}

/** How much darker (sign 1) or lighter (-1) than `paper` a plane is; 0 where it is not. It takes the place of the paper. */
export function standOut(paper: usize, level: usize, count: i32, sign: f32): void {
  const end = paper + (count << 2);
  for (; paper + 16 <= end; paper += 16, level += 16) {
    const apart = f32x4.mul(f32x4.sub(v128.load(paper), v128.load(level)), f32x4.splat(sign));
    v128.store(paper, f32x4.pmax(apart, f32x4.splat(0)));
  }
  for (; paper < end; paper += 4, level += 4) {
    store<f32>(paper, further((load<f32>(paper) - load<f32>(level)) * sign, 0, true));
  }
}

/** Takes the surface a + bx + cy + dx² + exy + fy² off a plane; `xs` are the x of its columns, y goes from -1 to 1. */
export function takeSurface(
  data: usize,
  xs: usize,
  width: i32,
  height: i32,
  a: f64,
  b: f64,
  c: f64,
  d: f64,
  e: f64,
  f: f64,
): void {
  const square = <f32>d;
  for (let row: i32 = 0; row < height; row += 1) {
    const y: f64 = height > 1 ? <f64>(row * 2) / <f64>(height - 1) - 1 : 0;
    const level = <f32>(a + c * y + f * y * y);
    const slope = <f32>(b + e * y);
    let at: i32 = 0;
    for (; at + 4 <= width; at += 4, data += 16) {
      const x = v128.load(xs + (at << 2));
      const rise = f32x4.add(f32x4.mul(x, f32x4.splat(square)), f32x4.splat(slope));
      const light = f32x4.add(f32x4.mul(rise, x), f32x4.splat(level));
      v128.store(data, f32x4.sub(v128.load(data), light));
    }
    for (; at < width; at += 1, data += 4) {
      const x = load<f32>(xs + (at << 2));
      store<f32>(data, load<f32>(data) - ((x * square + slope) * x + level));
    }
  }
}

/** The largest of some numbers and `least`. */
export function largest(data: usize, count: i32, least: f32): f32 {
  const end = data + (count << 2);
  let four = f32x4.splat(least);
  for (; data + 16 <= end; data += 16) four = f32x4.pmax(four, v128.load(data));
  let most = further(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1), true);
  most = further(most, f32x4.extract_lane(four, 2), true);
  most = further(most, f32x4.extract_lane(four, 3), true);
  for (; data < end; data += 4) most = further(most, load<f32>(data), true);
  return most;
}

function count(counts: usize, bin: i32): void {
  const at = counts + (bin << 2);
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * Counts numbers, none of them below 0, in 256 bins, each `scale` to 1; the last takes what is above. `counts` takes them four times,
 * as a number would wait for the one before it to be counted in the same bin.
 */
export function countLevels(data: usize, length: i32, scale: f64, counts: usize): void {
  memory.fill(counts, 0, 4096);
  const scales = f64x2.splat(scale);
  const end = data + (length << 2);
  let zeros: i32 = 0;
  for (; data + 16 <= end; data += 16) {
    const four = v128.load(data);
    if (!v128.any_true(four)) {
      zeros += 4;
      continue;
    }
    const first = f64x2.mul(f64x2.promote_low_f32x4(four), scales);
    const second = f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 0)), scales);
    const bins = v128.shuffle<i64>(
      i32x4.trunc_sat_f64x2_s_zero(first),
      i32x4.trunc_sat_f64x2_s_zero(second),
      0,
      2,
    );
    const most = i32x4.min_s(bins, i32x4.splat(255));
    count(counts, i32x4.extract_lane(most, 0));
    count(counts + 1024, i32x4.extract_lane(most, 1));
    count(counts + 2048, i32x4.extract_lane(most, 2));
    count(counts + 3072, i32x4.extract_lane(most, 3));
  }
  for (; data < end; data += 4) {
    count(counts, min(255, <i32>(<f64>load<f32>(data) * scale)));
  }
  for (let at: usize = counts; at < counts + 1024; at += 16) {
    const one = i32x4.add(v128.load(at), v128.load(at, 1024));
    v128.store(at, i32x4.add(one, i32x4.add(v128.load(at, 2048), v128.load(at, 3072))));
  }
  store<i32>(counts, load<i32>(counts) + zeros);
}
