/**
 * The light on a page, as src/image/handwriting/paper-surface.ts fits it: the same sums of 64 bits in the same order, two of them at a
 * time, so that both give the same bits.
 */
import { takeSurface } from './planes';
import { valueAtRank64 } from './rank';

/** Where a row or column lies between the borders, from -1 to 1. */
function unit(index: i32, length: i32): f64 {
  return length > 1 ? <f64>(index * 2) / <f64>(length - 1) - 1 : 0;
}

/** Every `stride`th pixel of a ring of that width, row by row, into three arrays; how many there are. */
function takeRing(
  data: usize,
  width: i32,
  height: i32,
  ring: i32,
  stride: i32,
  xs: usize,
  ys: usize,
  values: usize,
): i32 {
  const hole = max(0, width - 2 * ring);
  let count: i32 = 0;
  let wait: i32 = 0;
  for (let row: i32 = 0; row < height; row += 1) {
    const isOpen = hole > 0 && row >= ring && row < height - ring;
    const y = unit(row, height);
    for (let column: i32 = 0; column < width; column += 1, wait -= 1) {
      if (isOpen && column === ring) column += hole;
      if (wait > 0) continue;
      wait = stride;
      const place = <usize>(count << 3);
      store<f64>(xs + place, unit(column, width));
      store<f64>(ys + place, y);
      store<f64>(values + place, <f64>load<f32>(data + ((row * width + column) << 2)));
      count += 1;
    }
  }
  return count;
}

function swapped(a: v128): v128 {
  return v128.shuffle<i64>(a, a, 1, 0);
}

function firstOf(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

function secondOf(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

/** The sums of `sumsOf`, each where it stands there; two that are not beside each other are added up beside each other. */
function sumRing(
  xs: usize,
  ys: usize,
  values: usize,
  weights: usize,
  count: i32,
  sums: usize,
): void {
  const zero = f64x2.splat(0);
  let w_xy = zero;
  let x_y = zero;
  let xx_yy = zero;
  let xxx_yyy = zero;
  let xxy_xyy = zero;
  let xxxx_yyyy = zero;
  let xxxy_xxyy = zero;
  let xyyy_v = zero;
  let xv_yv = zero;
  let xxv_yyv = zero;
  let xyv: f64 = 0;
  for (let at: i32 = 0; at < count << 3; at += 8) {
    const x = load<f64>(xs + at);
    const y = load<f64>(ys + at);
    const w = load<f64>(weights + at);
    const value = load<f64>(values + at);
    const place = f64x2.replace_lane(f64x2.splat(x), 1, y);
    const onlyY = f64x2.splat(y);
    const level = f64x2.splat(value);
    const first = f64x2.mul(f64x2.splat(w), place);
    const second = f64x2.mul(first, place);
    const xy = f64x2.extract_lane(first, 0) * y;
    const third = f64x2.mul(second, place);
    // x²y and xy²
    const mixed = f64x2.mul(f64x2.replace_lane(second, 1, xy), onlyY);
    w_xy = f64x2.add(w_xy, f64x2.replace_lane(f64x2.splat(w), 1, xy));
    x_y = f64x2.add(x_y, first);
    xx_yy = f64x2.add(xx_yy, second);
    xxx_yyy = f64x2.add(xxx_yyy, third);
    xxy_xyy = f64x2.add(xxy_xyy, mixed);
    xxxx_yyyy = f64x2.add(xxxx_yyyy, f64x2.mul(third, place));
    // x³y and x²y²
    xxxy_xxyy = f64x2.add(xxxy_xxyy, f64x2.mul(firstOf(third, mixed), onlyY));
    // xy³ and the value
    const last = f64x2.replace_lane(swapped(mixed), 1, w);
    xyyy_v = f64x2.add(xyyy_v, f64x2.mul(last, f64x2.replace_lane(onlyY, 1, value)));
    xv_yv = f64x2.add(xv_yv, f64x2.mul(first, level));
    xxv_yyv = f64x2.add(xxv_yyv, f64x2.mul(second, level));
    xyv += xy * value;
  }
  store<f64>(sums, f64x2.extract_lane(w_xy, 0));
  v128.store(sums, x_y, 8);
  v128.store(sums, firstOf(xx_yy, swapped(w_xy)), 24);
  store<f64>(sums, f64x2.extract_lane(xx_yy, 1), 40);
  v128.store(sums, firstOf(xxx_yyy, xxy_xyy), 48);
  v128.store(sums, secondOf(xxy_xyy, xxx_yyy), 64);
  v128.store(sums, firstOf(xxxx_yyyy, xxxy_xxyy), 80);
  v128.store(sums, firstOf(swapped(xxxy_xxyy), xyyy_v), 96);
  v128.store(sums, secondOf(xxxx_yyyy, xyyy_v), 112);
  v128.store(sums, xv_yv, 128);
  store<f64>(sums, f64x2.extract_lane(xxv_yyv, 0), 144);
  store<f64>(sums, xyv, 152);
  store<f64>(sums, f64x2.extract_lane(xxv_yyv, 1), 160);
}

const TERMS: i32 = 6;
/** Numbers of one equation. */
const ROW: i32 = 7;

/** Which sums stand in each equation, as `EQUATIONS` has them. */
const EQUATIONS = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 15, 1, 3, 4, 6, 7, 8, 16, 2, 4, 5, 7, 8, 9, 17, 3, 6, 7, 10, 11, 12, 18, 4, 7,
  8, 11, 12, 13, 19, 5, 8, 9, 12, 13, 14, 20,
]);

/** Solves the equations of the sums, in place of `rows`, and leaves their six terms in `surface`. */
function solve(sums: usize, rows: usize, surface: usize): void {
  for (let i: i32 = 0; i < TERMS * ROW; i += 1) {
    const sum = load<f64>(sums + ((<usize>load<u8>(EQUATIONS + i)) << 3));
    store<f64>(rows + (i << 3), i % (ROW + 1) === 0 ? sum + 1e-6 : sum);
  }
  for (let i: i32 = 0; i < TERMS; i += 1) {
    const own = rows + ((i * ROW) << 3);
    const pivot = load<f64>(own + (i << 3));
    for (let k = i; k <= TERMS; k += 1)
      store<f64>(own + (k << 3), load<f64>(own + (k << 3)) / pivot);
    for (let j: i32 = 0; j < TERMS; j += 1) {
      const other = rows + ((j * ROW) << 3);
      const factor = load<f64>(other + (i << 3));
      if (j === i || factor === 0) continue;
      for (let k = i; k <= TERMS; k += 1) {
        const at = other + (k << 3);
        store<f64>(at, load<f64>(at) - factor * load<f64>(own + (k << 3)));
      }
    }
  }
  for (let j: i32 = 0; j < TERMS; j += 1) {
    store<f64>(surface + (j << 3), load<f64>(rows + ((j * ROW + TERMS) << 3)));
  }
}

/** How much say each of `count` pixels has next: less, the farther it lies off the surface. `spare` is as long as they are, `bins` takes 4098 numbers of 32 bits. */
function trust(
  xs: usize,
  ys: usize,
  values: usize,
  count: i32,
  surface: usize,
  weights: usize,
  spare: usize,
  bins: usize,
): void {
  const a = v128.load64_splat(surface);
  const b = v128.load64_splat(surface, 8);
  const c = v128.load64_splat(surface, 16);
  const d = v128.load64_splat(surface, 24);
  const e = v128.load64_splat(surface, 32);
  const f = v128.load64_splat(surface, 40);
  const end = count << 3;
  for (let at: i32 = 0; at < end; at += 16) {
    const x = v128.load(xs + at);
    const y = v128.load(ys + at);
    let light = f64x2.add(f64x2.add(a, f64x2.mul(b, x)), f64x2.mul(c, y));
    light = f64x2.add(light, f64x2.mul(f64x2.mul(d, x), x));
    light = f64x2.add(light, f64x2.mul(f64x2.mul(e, x), y));
    light = f64x2.add(light, f64x2.mul(f64x2.mul(f, y), y));
    const off = f64x2.abs(f64x2.sub(v128.load(values + at), light));
    v128.store(weights + at, off);
    v128.store(spare + at, off);
  }
  const spread = f64x2.splat(valueAtRank64(spare, count, count >> 1, bins) * 2 + 1);
  const one = f64x2.splat(1);
  for (let at: i32 = 0; at < end; at += 16) {
    const part = f64x2.div(v128.load(weights + at), spread);
    const share = f64x2.add(one, f64x2.mul(part, part));
    v128.store(weights + at, f64x2.div(one, f64x2.mul(share, share)));
  }
}

const ROUNDS: i32 = 5;

/**
 * Takes the light off a plane, in place: that of a ring of the width `ring`, of which every `stride`th pixel is looked at. `room` takes
 * five times as many numbers of 64 bits as there are of these, `samples`, and 2200 besides; `columns` the width of 32 bits.
 */
export function takeLight(
  data: usize,
  width: i32,
  height: i32,
  ring: i32,
  stride: i32,
  samples: i32,
  room: usize,
  columns: usize,
): void {
  // Two are worked on at a time.
  const length = <usize>(((samples + 1) & ~1) << 3);
  const ys = room + length;
  const values = ys + length;
  const weights = values + length;
  const spare = weights + length;
  const sums = spare + length;
  const rows = sums + 22 * 8;
  const surface = rows + 42 * 8;
  const bins = surface + 6 * 8;
  const count = takeRing(data, width, height, ring, stride, room, ys, values);
  for (let at: usize = 0; at < length; at += 8) store<f64>(weights + at, 1);
  for (let round: i32 = 0; round < ROUNDS; round += 1) {
    if (round > 0) trust(room, ys, values, count, surface, weights, spare, bins);
    sumRing(room, ys, values, weights, count, sums);
    solve(sums, rows, surface);
  }
  for (let x: i32 = 0; x < width; x += 1) store<f32>(columns + (x << 2), <f32>unit(x, width));
  takeSurface(
    data,
    columns,
    width,
    height,
    load<f64>(surface),
    load<f64>(surface, 8),
    load<f64>(surface, 16),
    load<f64>(surface, 24),
    load<f64>(surface, 32),
    load<f64>(surface, 40),
  );
}
