import type { Plane, PlaneLoops, Surface } from './plane-loops.ts';
import { valueAtRank } from './rank.ts';

/** How wide the outer ring is that shows the paper, as a part of the longer side. */
const RING = 0.04;
/** More pixels of the ring than this would only cost time. */
const SAMPLES = 600;
const ROUNDS = 5;
const TERMS = 6;

/**
 * Takes the light that falls on a page off its plane: a quadratic surface fitted to the border ring, with
 * little say for what lies far off it (ink that reaches the border). The page comes out near 0.
 */
export function flattenIllumination(loops: PlaneLoops, plane: Plane): void {
  const ring = ringOf(plane);
  let surface = fit(ring, new Float64Array(ring.values.length).fill(1));
  for (let round = 1; round < ROUNDS; round += 1) {
    surface = fit(ring, trust(ring, surface));
  }
  const xs = loops.floats(plane.width);
  for (let x = 0; x < plane.width; x += 1) xs[x] = unit(x, plane.width);
  loops.takeSurface(plane, xs, surface);
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
  const ring = Math.max(1, Math.round(RING * Math.max(width, height)));
  const [hole, holeRows] = [Math.max(0, width - 2 * ring), Math.max(0, height - 2 * ring)];
  const stride = Math.ceil((width * height - hole * holeRows) / SAMPLES);
  const room = Math.ceil((width * height - hole * holeRows) / stride);
  const [xs, ys, values] = [new Float64Array(room), new Float64Array(room), new Float64Array(room)];
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
    const [x, y] = [xs[i]!, ys[i]!];
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

/** Weighted least squares: the sums over x to the power of m times y to the power of n make all its equations. */
function fit({ xs, ys, values }: Ring, weights: Float64Array): Surface {
  let [s00, s10, s01, s20, s11, s02, s30, s21] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s12, s03, s40, s31, s22, s13, s04] = [0, 0, 0, 0, 0, 0, 0];
  let [v00, v10, v01, v20, v11, v02] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < values.length; i += 1) {
    const [x, y, w, value] = [xs[i]!, ys[i]!, weights[i]!, values[i]!];
    const [wx, wy] = [w * x, w * y];
    const [xx, xy, yy] = [wx * x, wx * y, wy * y];
    const [xxx, xxy, xyy, yyy] = [xx * x, xx * y, xy * y, yy * y];
    s00 += w;
    s10 += wx;
    s01 += wy;
    s20 += xx;
    s11 += xy;
    s02 += yy;
    s30 += xxx;
    s21 += xxy;
    s12 += xyy;
    s03 += yyy;
    s40 += xxx * x;
    s31 += xxx * y;
    s22 += xxy * y;
    s13 += xyy * y;
    s04 += yyy * y;
    v00 += w * value;
    v10 += wx * value;
    v01 += wy * value;
    v20 += xx * value;
    v11 += xy * value;
    v02 += yy * value;
  }
  const rows = [
    Float64Array.of(s00, s10, s01, s20, s11, s02, v00),
    Float64Array.of(s10, s20, s11, s30, s21, s12, v10),
    Float64Array.of(s01, s11, s02, s21, s12, s03, v01),
    Float64Array.of(s20, s30, s21, s40, s31, s22, v20),
    Float64Array.of(s11, s21, s12, s31, s22, s13, v11),
    Float64Array.of(s02, s12, s03, s22, s13, s04, v02),
  ];
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
