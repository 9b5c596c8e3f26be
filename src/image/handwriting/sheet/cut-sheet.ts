import type { Box, LevelPlane, PlaneLoops } from '../plane-loops.ts';
import { mapQuad, type Point, type Quad } from './quad.ts';

/** A sheet that is turned by less, as the slope of a side, is cut out as it lies. */
const UPRIGHT = 0.03;
/** How far inside of its edge it is cut, as a part of its sides: there it is blurred, and its corners are not known better. */
const INSET = 0.022;
/** A turned sheet is no longer than this: finding ink needs no more. */
const LONGEST = 320;

/** The sheet between these corners, upright. */
export function cutSheet(loops: PlaneLoops, picture: LevelPlane, outer: Quad): LevelPlane {
  const corners = inset(outer);
  const [a, b, c, d] = corners;
  const slopes = [slope(a, b), slope(d, c), turned(a, d), turned(b, c)];
  return slopes.every((each) => Math.abs(each) < UPRIGHT)
    ? cutUpright(loops, picture, corners)
    : projected(loops, picture, corners);
}

const slope = (from: Point, to: Point): number => (to[1] - from[1]) / Math.abs(to[0] - from[0]);
const turned = (from: Point, to: Point): number => (to[0] - from[0]) / Math.abs(to[1] - from[1]);

/** Every corner moved towards the two beside it. */
function inset(corners: Quad): Quad {
  return mapQuad(corners, ([x, y], index) => {
    const [u, v] = corners[(index + 1) % 4]!;
    const [s, t] = corners[(index + 3) % 4]!;
    return [x + INSET * (u - x + s - x), y + INSET * (v - y + t - y)];
  });
}

function cutUpright(
  loops: PlaneLoops,
  { width, height, data }: LevelPlane,
  corners: readonly Point[],
): LevelPlane {
  const xs = corners.map(([x]) => x).sort((one, other) => one - other);
  const ys = corners.map(([, y]) => y).sort((one, other) => one - other);
  const left = Math.max(0, Math.floor((xs[0]! + xs[1]!) / 2));
  const right = Math.min(width, Math.ceil((xs[2]! + xs[3]!) / 2));
  const top = Math.max(0, Math.floor((ys[0]! + ys[1]!) / 2));
  const bottom = Math.min(height, Math.ceil((ys[2]! + ys[3]!) / 2));
  return cutOut(loops, { width, height, data }, { left, top, right, bottom });
}

/** A part of a picture by itself. */
function cutOut(
  loops: PlaneLoops,
  { width, data }: LevelPlane,
  { left, top, right, bottom }: Box,
): LevelPlane {
  const [across, down] = [right - left, bottom - top];
  const cut = data instanceof Uint8Array ? loops.bytes(across * down) : loops.floats(across * down);
  for (let y = 0; y < down; y += 1) {
    const from = (top + y) * width + left;
    cut.set(data.subarray(from, from + across), y * across);
  }
  return { width: across, height: down, data: cut };
}

const length = (from: Point, to: Point): number => Math.hypot(to[0] - from[0], to[1] - from[1]);

/** The side of the picture through the corners of a sheet, seen from right above. */
function projected(loops: PlaneLoops, picture: LevelPlane, corners: Quad): LevelPlane {
  const [a, b, c, d] = corners;
  const wide = (length(a, b) + length(d, c)) / 2;
  const high = (length(a, d) + length(b, c)) / 2;
  const scale = Math.min(1, LONGEST / Math.max(wide, high));
  const [width, height] = [
    Math.max(1, Math.round(wide * scale)),
    Math.max(1, Math.round(high * scale)),
  ];
  const data = loops.floats(width * height);
  // P. Heckbert, "Fundamentals of texture mapping and image warping", 1989: a rectangle to a quadrilateral.
  const [sx, sy] = [a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]];
  const [ux, uy, vx, vy] = [b[0] - c[0], b[1] - c[1], d[0] - c[0], d[1] - c[1]];
  const area = ux * vy - vx * uy;
  const g = (sx * vy - vx * sy) / area / width;
  const h = (ux * sy - sx * uy) / area / height;
  const [xu, xv] = [(b[0] - a[0]) / width + g * b[0], (d[0] - a[0]) / height + h * d[0]];
  const [yu, yv] = [(b[1] - a[1]) / width + g * b[1], (d[1] - a[1]) / height + h * d[1]];
  for (let row = 0, at = 0; row < height; row += 1) {
    const v = row + 0.5;
    for (let column = 0; column < width; column += 1, at += 1) {
      const u = column + 0.5;
      const depth = g * u + h * v + 1;
      data[at] = levelAt(
        picture,
        (xu * u + xv * v + a[0]) / depth - 0.5,
        (yu * u + yv * v + a[1]) / depth - 0.5,
      );
    }
  }
  return { width, height, data };
}

/** Between the four pixels around a place. */
function levelAt({ width, height, data }: LevelPlane, x: number, y: number): number {
  const u = x < 0 ? 0 : x > width - 1 ? width - 1 : x;
  const v = y < 0 ? 0 : y > height - 1 ? height - 1 : y;
  const column = Math.floor(u);
  const row = Math.floor(v);
  const at = row * width + column;
  const right = column < width - 1 ? at + 1 : at;
  const below = row < height - 1 ? width : 0;
  const across = u - column;
  const top = data[at]! + (data[right]! - data[at]!) * across;
  const bottom = data[at + below]! + (data[right + below]! - data[at + below]!) * across;
  return top + (bottom - top) * (v - row);
}
