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
  let surface = fit(ring, ring.weights);
  for (let round = 1; round < ROUNDS; round += 1) {
    surface = fit(ring, trust(ring, surface));
  }
  const xs = loops.floats(plane.width);
  for (let x = 0; x < plane.width; x += 1) xs[x] = unit(x, plane.width);
  loops.takeSurface(plane, xs, surface);
}

/** Pixels of the outer ring: six terms (1, x, y, x², xy, y²) and a value each. */
interface Ring {
  readonly terms: Float64Array;
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** Where a row or column lies between the borders, from -1 to 1. */
function unit(index: number, length: number): number {
  return length > 1 ? (index * 2) / (length - 1) - 1 : 0;
}

function ringOf({ width, height, data }: Plane): Ring {
  const ring = Math.max(1, Math.round(RING * Math.max(width, height)));
  const all: number[] = [];
  for (let at = 0; at < data.length; at += 1) {
    const x = at % width;
    const y = (at - x) / width;
    if (Math.min(x, y, width - 1 - x, height - 1 - y) < ring) all.push(at);
  }
  const stride = Math.ceil(all.length / SAMPLES);
  const pixels = all.filter((_, i) => i % stride === 0);
  const terms = new Float64Array(pixels.length * TERMS);
  pixels.forEach((at, i) => {
    const x = unit(at % width, width);
    const y = unit(Math.floor(at / width), height);
    terms.set([1, x, y, x * x, x * y, y * y], i * TERMS);
  });
  return {
    terms,
    values: Float64Array.from(pixels, (at) => data[at]!),
    weights: new Float64Array(pixels.length).fill(1),
  };
}

/** How much say each pixel has in the next round: less, the farther it lies off the surface. */
function trust({ terms, values }: Ring, surface: Surface): Float64Array {
  const distances = values.map((value, i) => {
    let level = 0;
    for (let k = 0; k < TERMS; k += 1) level += terms[i * TERMS + k]! * surface[k]!;
    return Math.abs(value - level);
  });
  const spread = valueAtRank(Float64Array.from(distances), distances.length >> 1)! * 2 + 1;
  return distances.map((distance) => 1 / (1 + (distance / spread) ** 2) ** 2);
}

/** Weighted least squares. */
function fit({ terms, values }: Ring, weights: Float64Array): Surface {
  const rows = Array.from({ length: TERMS }, () => new Float64Array(TERMS + 1));
  for (let i = 0; i < values.length; i += 1) {
    for (let j = 0; j < TERMS; j += 1) {
      const weighted = weights[i]! * terms[i * TERMS + j]!;
      const row = rows[j]!;
      for (let k = 0; k < TERMS; k += 1) row[k]! += weighted * terms[i * TERMS + k]!;
      row[TERMS]! += weighted * values[i]!;
    }
  }
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
