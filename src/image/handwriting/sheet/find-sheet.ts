import { cutSheet } from './cut-sheet.ts';
import { longerSide, resample } from '../plane.ts';
import type { LevelPlane, Plane, PlaneLoops } from '../plane-loops.ts';
import { regionsOf, type Region } from './page-region.ts';
import { isWithin, mapQuad, type Point, type Quad } from './quad.ts';
import { valueAtRank } from '../rank.ts';
import { bridged } from './sheet-signal.ts';

/** The page of a picture: what is left when the table, the frame and the scanner's bars are taken away. */
export interface Sheet {
  /** The page alone and upright; the picture itself where all of it is page. */
  readonly plane: LevelPlane;
  /** Where its corners lie in the picture, from the top left one on. */
  readonly corners: Quad;
  readonly isWhole: boolean;
}

/** Pages are looked for at this size: they have no detail. */
const LOOK = 64;
/** Half the window that takes the ink off a page, in pixels of that size. */
const STROKE = 3;
/** A page is at least this part of a picture, and what leaves less of it than this aside is all of it. */
const LEAST = 0.09;
const WHOLE = 0.96;
/** A page fills its outline, and that is a quadrilateral. */
const FILLED = 0.78;
const FOUR_SIDED = 0.92;
/** Neighbours that differ by more lie on different things. */
const STEP = 6;
/** Ink stands out of its page by at least so many grey levels, at that size. */
const INK = 9;

function wholeSheet(picture: LevelPlane): Sheet {
  const { width, height } = picture;
  const corners: Quad = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
  return { plane: picture, corners, isWhole: true };
}

/** The page in a picture. What is no clear page, with something written on it, leaves the picture as it is. */
export function findSheet(loops: PlaneLoops, picture: LevelPlane): Sheet {
  const corners = cornersIn(loops, picture);
  if (!corners) return wholeSheet(picture);
  return { plane: cutSheet(loops, picture, corners), corners, isWhole: false };
}

function cornersIn(loops: PlaneLoops, picture: LevelPlane): Quad | undefined {
  const { width, height } = picture;
  const whole = { left: 0, top: 0, right: width, bottom: height };
  const scale = LOOK / longerSide(whole);
  const small = resample(
    loops,
    picture,
    whole,
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  );
  if (Math.min(small.width, small.height) < 4 * STROKE) return undefined;
  const found = [true, false].flatMap((isDark) => pagesIn(loops, small, isDark));
  const best = found.reduce<Page | undefined>(
    (one, other) => (one && !isBetter(other, one) ? one : other),
    undefined,
  );
  if (!best) return undefined;
  const [across, down] = [width / small.width, height / small.height];
  return mapQuad(best.region.corners, ([x, y]) => [x * across, y * down]);
}

/** What lies on another page is the page, and that other its table. */
function isBetter(one: Page, other: Page): boolean {
  if (isOn(one.region, other.region)) return true;
  return !isOn(other.region, one.region) && one.ink > other.ink;
}

function isOn(one: Region, other: Region): boolean {
  return (
    one.hullArea < 0.8 * other.hullArea &&
    one.corners.every((corner) => isWithin(corner, other.corners, 1))
  );
}

interface Page {
  readonly region: Region;
  /** How far and how much its ink stands out. */
  readonly ink: number;
}

/** Regions without their dark (or light) strokes that may be a page with such strokes on it. */
function pagesIn(loops: PlaneLoops, small: Plane, isDark: boolean): Page[] {
  const bare = bridged(loops, small, isDark, STROKE);
  const all = small.data.length;
  const { numbers, regions } = regionsOf(bare, STEP, FILLED * LEAST * all);
  const pages: Page[] = [];
  for (const region of regions) {
    const { area, hullArea, quadArea, number, corners } = region;
    if (hullArea > WHOLE * all || hullArea < LEAST * all) continue;
    if (area < FILLED * hullArea || hullArea < FOUR_SIDED * quadArea) continue;
    if (!isSquarish(corners) || !standsOff(bare, corners)) continue;
    const ink = inkOn(bare, small, numbers, number);
    if (ink > 0 && isBareAlong(bare, small, corners, ink / 3))
      pages.push({ region, ink: ink * Math.sqrt(area) });
  }
  return pages;
}

/** Each corner of a page, wherever it is seen from, is nearly a right one. */
const ACUTE = 0.5;

function isSquarish(corners: readonly Point[]): boolean {
  return corners.every(([x, y], index) => {
    const [u, v] = corners[(index + 1) % 4]!;
    const [s, t] = corners[(index + 3) % 4]!;
    const [ax, ay, bx, by] = [u - x, v - y, s - x, t - y];
    const cosine = (ax * bx + ay * by) / (Math.hypot(ax, ay) * Math.hypot(bx, by));
    return Math.abs(cosine) < ACUTE;
  });
}

/** So far off its side a page and what it lies on are themselves, in pixels. */
const OFF = 2;
/** So much of a side is seen to be one. */
const SEEN = 0.85;

/** Whether a page differs from what is beside it, in one direction, all along each of its sides within the picture. */
function standsOff(plane: Plane, corners: readonly Point[]): boolean {
  return corners.every((from, index) => {
    const to = corners[(index + 1) % 4]!;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
    let [lighter, darker, count] = [0, 0, 0];
    for (let t = 0.1 * length; t <= 0.9 * length; t += 1) {
      const [x, y] = [from[0] + t * ux, from[1] + t * uy];
      const inside = levelAt(plane, x - OFF * uy, y + OFF * ux);
      const outside = levelAt(plane, x + OFF * uy, y - OFF * ux);
      if (inside === undefined || outside === undefined) continue;
      count += 1;
      if (inside - outside > 2 * STEP) lighter += 1;
      if (outside - inside > 2 * STEP) darker += 1;
    }
    return Math.max(lighter, darker) >= SEEN * count;
  });
}

/** No more of a page than this is ink. */
const MOST_INK = 0.33;
/** So much of what lies just inside of a page's sides may be ink. */
const INKED = 0.08;
/** So far inside of a side it is looked for. */
const JUST_INSIDE = 1;

/** Whether hardly anything is written along the sides of a page: what is taken for one might be a thick digit, its gaps for ink. */
function isBareAlong(bare: Plane, small: Plane, corners: readonly Point[], least: number): boolean {
  let [inked, count] = [0, 0];
  for (const [index, from] of corners.entries()) {
    const to = corners[(index + 1) % 4]!;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
    for (let t = OFF; t <= length - OFF; t += 1) {
      const [x, y] = [from[0] + t * ux - JUST_INSIDE * uy, from[1] + t * uy + JUST_INSIDE * ux];
      const [paper, seen] = [levelAt(bare, x, y), levelAt(small, x, y)];
      if (paper === undefined || seen === undefined) continue;
      count += 1;
      if (Math.abs(paper - seen) > least) inked += 1;
    }
  }
  return inked <= INKED * count;
}

function levelAt({ width, height, data }: Plane, x: number, y: number): number | undefined {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const isIn = column >= 0 && row >= 0 && column < width && row < height;
  return isIn ? data[row * width + column] : undefined;
}

/** How far the strokes on a region stand out, at its strongest, 0 where that might be noise. */
function inkOn(bare: Plane, small: Plane, numbers: Int32Array, number: number): number {
  const { width, height } = bare;
  const apart = new Float32Array(numbers.length);
  let count = 0;
  let peak = 0;
  for (let y = 2; y < height - 2; y += 1) {
    for (let at = y * width + 2; at < (y + 1) * width - 2; at += 1) {
      if (numbers[at] !== number) continue;
      // Not at its edge, which is blurred.
      if (numbers[at - 2] !== number || numbers[at + 2] !== number) continue;
      if (numbers[at - 2 * width] !== number || numbers[at + 2 * width] !== number) continue;
      const value = Math.abs(bare.data[at]! - small.data[at]!);
      if (value > peak) peak = value;
      apart[count] = value;
      count += 1;
    }
  }
  const values = apart.subarray(0, count);
  // Where so much stands out, it is what there is between the strokes of a thick digit.
  const common = valueAtRank(values, Math.floor((1 - MOST_INK) * count)) ?? 0;
  const noise = valueAtRank(values, count >> 1) ?? 0;
  return peak > INK + 3 * noise && common < peak / 2 ? peak - noise : 0;
}
