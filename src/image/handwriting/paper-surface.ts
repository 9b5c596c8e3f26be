import type { Plane } from './plane-loops.ts';
import { valueAtRank } from './rank.ts';

/** How wide the outer ring is that shows the paper, as a part of the longer side. */
const RING = 0.04;
/** More pixels of the ring than this would only cost time. */
const SAMPLES = 600;
const ROUNDS = 5;
const TERMS = 6;

/** a + bx + cy + dx² + exy + fy². */
type Surface = readonly [number, number, number, number, number, number];

/**
 * Takes the light that falls on a page off its plane: a quadratic surface fitted to the border ring, with
 * little say for what lies far off it (ink that reaches the border). The page comes out near 0.
 */
export function takeLight(plane: Plane): void {
  const ring = ringOf(plane);
  let surface = fit(ring, new Float64Array(ring.values.length).fill(1));
  for (let round = 1; round < ROUNDS; round += 1) {
    surface = fit(ring, trust(ring, surface));
  }
  takeSurface(plane, surface);
}

const { fround } = Math;

/** `fround` stands wherever more than one operation would be rounded at once. */
function takeSurface({ width, height, data }: Plane, [a, b, c, d, e, f]: Surface): void {
  const square = fround(d);
  const xs = Float32Array.from({ length: width }, (_, x) => unit(x, width));
  for (let row = 0, at = 0; row < height; row += 1) {
    const y = unit(row, height);
    const [level, slope] = [fround(a + c * y + f * y * y), fround(b + e * y)];
    for (let column = 0; column < width; column += 1, at += 1) {
      const x = xs[column]!;
      const rise = fround(fround(fround(x * square) + slope) * x);
      data[at]! -= fround(rise + level);
    }
  }
}

/** A ring of the border: how wide it is, every how manieth of its pixels is looked at, and how many those are. */
export function ringIn({ width, height }: Pick<Plane, 'width' | 'height'>) {
  const ring = Math.max(1, Math.round(RING * Math.max(width, height)));
  const [hole, holeRows] = [Math.max(0, width - 2 * ring), Math.max(0, height - 2 * ring)];
  const pixels = width * height - hole * holeRows;
  const stride = Math.ceil(pixels / SAMPLES);
  return { ring, hole, stride, samples: Math.ceil(pixels / stride) };
}

/** Pixels of the outer ring: where they lie, and their values. */
interface Ring {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly values: Float64Array;
}

/** Where a row or column lies between the borders, from -1 to 1. */
function unit(index: number, length: number): number {
  return length > 1 ? (index * 2) / (length - 1) - 1 : 0;
}

/** Every so many pixels of the ring, row by row. */
function ringOf({ width, height, data }: Plane): Ring {
  const { ring, hole, stride, samples } = ringIn({ width, height });
  const xs = new Float64Array(samples);
  const ys = new Float64Array(samples);
  const values = new Float64Array(samples);
  let [count, wait] = [0, 0];
  for (let row = 0; row < height; row += 1) {
    const isOpen = hole > 0 && row >= ring && row < height - ring;
    for (let column = 0; column < width; column += 1, wait -= 1) {
      if (isOpen && column === ring) column += hole;
      if (wait > 0) continue;
      wait = stride;
      xs[count] = unit(column, width);
      ys[count] = unit(row, height);
      values[count] = data[row * width + column]!;
      count += 1;
    }
  }
  return { xs, ys, values };
}

/** How much say each pixel has in the next round: less, the farther it lies off the surface. */
function trust({ xs, ys, values }: Ring, [a, b, c, d, e, f]: Surface): Float64Array {
  const trusted = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const x = xs[i]!;
    const y = ys[i]!;
    trusted[i] = Math.abs(values[i]! - (a + b * x + c * y + d * x * x + e * x * y + f * y * y));
  }
  const spread = valueAtRank(trusted.slice(), trusted.length >> 1)! * 2 + 1;
  for (let i = 0; i < trusted.length; i += 1) {
    const part = trusted[i]! / spread;
    const share = 1 + part * part;
    trusted[i] = 1 / (share * share);
  }
  return trusted;
}

/**
 * The weighted sums over a ring of the products of its terms, up to the fourth degree, and of those with its values: 1, x, y,
 * x², xy, y², x³, x²y, xy², y³, x⁴, x³y, x²y², xy³, y⁴, and from the sixteenth on the first six times the value.
 */
function sumsOf({ xs, ys, values }: Ring, weights: Float64Array): Float64Array {
  const sums = new Float64Array(21);
  for (let i = 0; i < values.length; i += 1) {
    // One by one: lists that are taken apart would make this loop three times as slow.
    const x = xs[i]!;
    const y = ys[i]!;
    const w = weights[i]!;
    const value = values[i]!;
    const wx = w * x;
    const wy = w * y;
    const xx = wx * x;
    const xy = wx * y;
    const yy = wy * y;
    const xxx = xx * x;
    const xxy = xx * y;
    const xyy = xy * y;
    const yyy = yy * y;
    sums[0]! += w;
    sums[1]! += wx;
    sums[2]! += wy;
    sums[3]! += xx;
    sums[4]! += xy;
    sums[5]! += yy;
    sums[6]! += xxx;
    sums[7]! += xxy;
    sums[8]! += xyy;
    sums[9]! += yyy;
    sums[10]! += xxx * x;
    sums[11]! += xxx * y;
    sums[12]! += xxy * y;
    sums[13]! += xyy * y;
    sums[14]! += yyy * y;
    sums[15]! += w * value;
    sums[16]! += wx * value;
    sums[17]! += wy * value;
    sums[18]! += xx * value;
    sums[19]! += xy * value;
    sums[20]! += yy * value;
  }
  return sums;
}

/** Which sums stand in each equation of the six terms, the last of them on its right side. */
const EQUATIONS = [
  [0, 1, 2, 3, 4, 5, 15],
  [1, 3, 4, 6, 7, 8, 16],
  [2, 4, 5, 7, 8, 9, 17],
  [3, 6, 7, 10, 11, 12, 18],
  [4, 7, 8, 11, 12, 13, 19],
  [5, 8, 9, 12, 13, 14, 20],
];

/** Weighted least squares. */
function fit(ring: Ring, weights: Float64Array): Surface {
  const sums = sumsOf(ring, weights);
  const rows = EQUATIONS.map((places) => Float64Array.from(places, (place) => sums[place]!));
  // A touch of ridge keeps images of one row or one column solvable.
  rows.forEach((row, j) => {
    row[j]! += 1e-6;
  });
  return solve(rows);
}

/** Gauss-Jordan elimination with pivots on the diagonal: the matrix is symmetric and positive. */
function solve(rows: Float64Array[]): Surface {
  for (let i = 0; i < TERMS; i += 1) {
    const pivot = rows[i]![i]!;
    for (let k = i; k <= TERMS; k += 1) rows[i]![k]! /= pivot;
    for (let j = 0; j < TERMS; j += 1) {
      const factor = rows[j]![i]!;
      if (j === i || factor === 0) continue;
      for (let k = i; k <= TERMS; k += 1) rows[j]![k]! -= factor * rows[i]![k]!;
    }
  }
  const at = (j: number): number => rows[j]![TERMS]!;
  return [at(0), at(1), at(2), at(3), at(4), at(5)];
}
