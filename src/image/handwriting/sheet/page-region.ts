import { fitSides, hullOf, quadAround, areaOf, type Point, type Quad } from './quad.ts';
import type { Plane } from '../plane-loops.ts';

/** An even part of a picture. */
export interface Region {
  /** The number that its pixels have. */
  readonly number: number;
  /** Its pixels. */
  readonly area: number;
  /** The corners of the quadrilateral around it, from the top left one on, and what of that is its hull. */
  readonly corners: Quad;
  readonly hullArea: number;
  readonly quadArea: number;
}

/** The regions of a plane in which neighbours differ by no more than `step`, and which are at least so large. */
export function regionsOf(
  plane: Plane,
  step: number,
  least: number,
): { numbers: Int32Array; regions: Region[] } {
  const numbers = joined(plane, step);
  const areas = new Int32Array(numbers.length);
  for (let at = 0; at < numbers.length; at += 1) areas[numbers[at]!]! += 1;
  const regions: Region[] = [];
  for (let number = 0; number < areas.length; number += 1) {
    const area = areas[number]!;
    if (area < least) continue;
    const outline = outlineOf(numbers, plane.width, number);
    const hull = hullOf(outline);
    const around = quadAround(hull);
    if (!around) continue;
    const corners = fitSides(around, hull);
    regions.push({
      number,
      area,
      corners,
      hullArea: areaOf(hull),
      quadArea: areaOf(around),
    });
  }
  return { numbers, regions };
}

/** For each pixel the first one of its region. */
function joined({ width, height, data }: Plane, step: number): Int32Array {
  const roots = new Int32Array(data.length);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const level = data[at]!;
      const isLikeLeft = x > 0 && Math.abs(level - data[at - 1]!) <= step;
      const isLikeAbove = y > 0 && Math.abs(level - data[at - width]!) <= step;
      roots[at] = isLikeLeft ? roots[at - 1]! : at;
      if (!isLikeAbove) continue;
      const own = rootOf(roots, at);
      const above = rootOf(roots, at - width);
      if (own < above) roots[above] = own;
      else roots[own] = above;
      roots[at] = own < above ? own : above;
    }
  }
  for (let at = 0; at < roots.length; at += 1) roots[at] = roots[roots[at]!]!;
  return roots;
}

/** Halves the way on its way. */
function rootOf(roots: Int32Array, from: number): number {
  let at = from;
  while (roots[at] !== at) {
    const next = roots[roots[at]!]!;
    roots[at] = next;
    at = next;
  }
  return at;
}

/** The outermost corners of the pixels of a region, line by line. */
function outlineOf(numbers: Int32Array, width: number, number: number): Point[] {
  const points: Point[] = [];
  for (let y = 0, start = 0; start < numbers.length; y += 1, start += width) {
    let left = 0;
    while (left < width && numbers[start + left] !== number) left += 1;
    if (left === width) continue;
    let right = width;
    while (numbers[start + right - 1] !== number) right -= 1;
    points.push([left, y], [left, y + 1], [right, y], [right, y + 1]);
  }
  return points;
}
