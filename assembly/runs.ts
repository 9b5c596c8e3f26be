/**
 * What stands out of a plane, as runs of pixels of its lines, and which of them hang together: what
 * src/image/handwriting/plain-runs.ts does, in the same order.
 */

/** A run of three numbers: its first pixel, the one behind it, and the run it hangs together with, or its piece. */
const RUN: usize = 12;

/** The largest number of 32 bits that is not above another one of 64. */
function below(value: f64): f32 {
  const near = <f32>value;
  if (<f64>near <= value) return near;
  if (near > 0) return reinterpret<f32>(reinterpret<u32>(near) - 1);
  return near < 0 ? reinterpret<f32>(reinterpret<u32>(near) + 1) : -f32.MIN_VALUE;
}

/** The first pixel from `at` to `end` that is above the level (or is not), or `end`. */
function nextAbove(at: usize, end: usize, level: v128, differs: i32): usize {
  for (; at + 16 <= end; at += 16) {
    const bits = i32x4.bitmask(f32x4.gt(v128.load(at), level)) ^ differs;
    if (bits !== 0) return at + (ctz(bits) << 2);
  }
  const one = f32x4.extract_lane(level, 0);
  for (; at < end; at += 4) if (load<f32>(at) > one !== (differs !== 0)) return at;
  return end;
}

/** The first run of those that hang together. */
function rootOf(runs: usize, run: i32): i32 {
  let next = load<i32>(runs + <usize>run * RUN, 8);
  while (next !== run) {
    run = next;
    next = load<i32>(runs + <usize>run * RUN, 8);
  }
  return run;
}

/** Has two runs hang together; the later ones point at the first. */
function join(runs: usize, one: i32, other: i32): void {
  const a = rootOf(runs, one);
  const b = rootOf(runs, other);
  store<i32>(runs + <usize>max(a, b) * RUN, min(a, b), 8);
}

/** The runs of pixels above a level, line by line, each joined to those of the line before that it touches; how many there are. */
export function findRuns(data: usize, width: i32, height: i32, threshold: f64, runs: usize): i32 {
  const level = f32x4.splat(below(threshold));
  let count: i32 = 0;
  let before: i32 = 0;
  for (let y: i32 = 0; y < height; y += 1) {
    const line = data + ((y * width) << 2);
    const end = line + (width << 2);
    const first = count;
    const aboveEnd = first;
    for (let at = nextAbove(line, end, level, 0); at < end; at = nextAbove(at, end, level, 0)) {
      const start = (<i32>(at - data)) >> 2;
      at = nextAbove(at, end, level, 15);
      const stop = (<i32>(at - data)) >> 2;
      const run = runs + <usize>count * RUN;
      store<i32>(run, start);
      store<i32>(run, stop, 4);
      store<i32>(run, count, 8);
      // Those of the line before that end before this one begins touch none behind it either.
      while (before < aboveEnd && load<i32>(runs + <usize>before * RUN, 4) + width < start)
        before += 1;
      for (let touched = before; touched < aboveEnd; touched += 1) {
        if (load<i32>(runs + <usize>touched * RUN) + width > stop) break;
        join(runs, touched, count);
      }
      count += 1;
    }
    before = first;
  }
  return count;
}

/**
 * Numbers the pieces in the order of their first runs, from 0 on; each run is told its own in place of what it was joined to. Of each
 * piece its mass of 64 bits, and its left, top, right and bottom. How many there are.
 */
export function findPieces(
  data: usize,
  width: i32,
  runs: usize,
  count: i32,
  masses: usize,
  boxes: usize,
): i32 {
  let found: i32 = 0;
  for (let i: i32 = 0; i < count; i += 1) {
    const run = runs + <usize>i * RUN;
    const joined = load<i32>(run, 8);
    const start = load<i32>(run);
    const stop = load<i32>(run, 4);
    const y = start / width;
    const left = start - y * width;
    const right = stop - y * width;
    // What it was joined to lies before it and has its piece already.
    const isFirst = joined === i;
    const piece = isFirst ? found : load<i32>(runs + <usize>joined * RUN, 8);
    store<i32>(run, piece, 8);
    const mass = masses + (piece << 3);
    const box = boxes + (piece << 4);
    if (isFirst) {
      found += 1;
      store<f64>(mass, 0);
      store<i32>(box, left);
      store<i32>(box, y, 4);
      store<i32>(box, right, 8);
    }
    let sum: f64 = 0;
    for (let at = start; at < stop; at += 1) sum += <f64>load<f32>(data + (at << 2));
    store<f64>(mass, load<f64>(mass) + sum);
    store<i32>(box, min(left, load<i32>(box)));
    store<i32>(box, max(right, load<i32>(box, 8)), 8);
    store<i32>(box, y + 1, 12);
  }
  return found;
}

/** Leaves those runs whose piece is kept (a byte each); how many they are. */
export function keepRuns(runs: usize, count: i32, isKept: usize): i32 {
  let kept: i32 = 0;
  for (let i: i32 = 0; i < count; i += 1) {
    const run = runs + <usize>i * RUN;
    if (load<u8>(isKept + load<i32>(run, 8)) === 0) continue;
    const to = runs + <usize>kept * RUN;
    store<i32>(to, load<i32>(run));
    store<i32>(to, load<i32>(run, 4), 4);
    kept += 1;
  }
  return kept;
}

/** The pixels of a plane that runs have, one behind the other; how many they are. */
export function takeRuns(data: usize, runs: usize, count: i32, out: usize): i32 {
  const first = out;
  for (let i: i32 = 0; i < count; i += 1) {
    const run = runs + <usize>i * RUN;
    const start = load<i32>(run);
    const length = (<usize>(load<i32>(run, 4) - start)) << 2;
    memory.copy(out, data + (start << 2), length);
    out += length;
  }
  return (<i32>(out - first)) >> 2;
}

/** 1 for each pixel of runs, in a plane of bytes that is 0 elsewhere. */
function markRuns(runs: usize, count: i32, mask: usize, pixels: i32): void {
  memory.fill(mask, 0, pixels);
  for (let i: i32 = 0; i < count; i += 1) {
    const run = runs + <usize>i * RUN;
    const start = load<i32>(run);
    memory.fill(mask + start, 1, load<i32>(run, 4) - start);
  }
}

/**
 * Of every third pixel of a plane those that no run has, and that lie from `near` to `far` pixels off the box; those of the part from
 * `fromX` and `fromY` on are looked at. How many they are. `mask` takes a byte for each pixel of the plane.
 */
export function takeAround(
  data: usize,
  width: i32,
  height: i32,
  runs: usize,
  count: i32,
  left: i32,
  top: i32,
  right: i32,
  bottom: i32,
  near: i32,
  far: i32,
  mask: usize,
  out: usize,
): i32 {
  markRuns(runs, count, mask, width * height);
  const first = out;
  const fromX = max(0, left - far);
  const untilX = min(width, right + far);
  const untilY = min(height, bottom + far);
  for (let y = max(0, top - far); y < untilY; y += 1) {
    const offY = max(top - y, y + 1 - bottom);
    const line = y * width;
    // The first one behind that is a third one.
    for (let x = fromX + ((3 - ((line + fromX) % 3)) % 3); x < untilX; x += 3) {
      const off = max(max(left - x, x + 1 - right), offY);
      if (off < near || off > far || load<u8>(mask + line + x) !== 0) continue;
      store<f32>(out, load<f32>(data + ((line + x) << 2)));
      out += 4;
    }
  }
  return (<i32>(out - first)) >> 2;
}

/**
 * How much ink each pixel of runs is, and each beside one: 0 at `faint`, 1 at `full`; 0 elsewhere. All of them lie in the lines from
 * `top` to `bottom`. `mask` takes a byte for each pixel of the plane.
 */
export function softenRuns(
  data: usize,
  width: i32,
  height: i32,
  runs: usize,
  count: i32,
  faint: f64,
  full: f64,
  mask: usize,
  out: usize,
): void {
  const pixels = width * height;
  memory.fill(mask, 0, pixels);
  let first = pixels;
  let last: i32 = 0;
  for (let i: i32 = 0; i < count; i += 1) {
    const run = runs + <usize>i * RUN;
    const start = load<i32>(run);
    const line = start - (start % width);
    const from = max(start - 1, line);
    const length = min(load<i32>(run, 4) + 1, line + width) - from;
    memory.fill(mask + from, 1, length);
    if (line > 0) memory.fill(mask + from - width, 1, length);
    if (line + width < pixels) memory.fill(mask + from + width, 1, length);
    first = min(first, max(0, from - width));
    last = max(last, min(pixels, from + length + width));
  }
  memory.fill(out, 0, (<usize>pixels) << 2);
  const range = full - faint;
  for (let at = first; at < last; at += 1) {
    if (load<u8>(mask + at) === 0) continue;
    const ink = (<f64>load<f32>(data + (at << 2)) - faint) / range;
    store<f32>(out + (at << 2), <f32>min<f64>(1, max<f64>(0, ink)));
  }
}
