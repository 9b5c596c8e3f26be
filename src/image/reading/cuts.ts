import type { Box } from '../handwriting/plane-loops.ts';

/** Where the ink of one piece lies: its number in a map of pieces. */
export interface Piece {
  readonly id: number;
  readonly box: Box;
  /** All its ink, in full pixels. */
  readonly mass: number;
}

/** Ink from 0 to 1, and which piece each pixel belongs to; 0 is none. */
export interface InkMap {
  readonly width: number;
  readonly height: number;
  readonly soft: Float32Array;
  readonly piece: Int32Array;
}

/** A way down through a piece: for each row of its box the column right of it. */
export type Cut = Int16Array;

/** Two cuts are at least so far apart, as a part of the height of a digit. */
const APART = 0.08;
/** A step to the side costs as much as so much ink. */
const STEP = 0.1;
/** A cut costs at most so much ink, as a part of the height of a digit. */
const COSTLY = 0.55;

/** A straight cut meets at most so much ink, as a part of the height of a digit. */
const COSTLY_STRAIGHT = 0.8;
/** Slants that hands write with: how far to the right a stroke goes with each row upwards. */
const SLANTS = [-0.15, 0, 0.15, 0.3, 0.45];

/**
 * The ways through a piece along which digits that touch could be parted: of all ways from top to bottom that move at most one
 * column a row, those that meet least ink nearby; and straight ones along the slant of its hand, for strokes that touch lengthwise.
 */
export function cutsThrough(map: InkMap, { id, box }: Piece, high: number): Cut[] {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  if (width < 0.3 * high) return [];
  const ink = inkOfPiece(map, id, box);
  const down = costs(ink, width, height, 1);
  const up = costs(ink, width, height, -1);
  const middle = height >> 1;
  const through = Float32Array.from({ length: width }, (_, x) => {
    const at = middle * width + x;
    return down[at]! + up[at]! - ink[at]!;
  });
  const cuts = bestColumns(through, APART * high, COSTLY * high).map((x) =>
    follow(down, up, width, height, x, middle),
  );
  for (const cut of straightCuts(ink, width, height, high)) {
    if (cuts.every((other) => areApart(cut, other, (2 * APART * high) / 3))) cuts.push(cut);
  }
  return cuts.sort((one, other) => one[middle]! - other[middle]!);
}

/** Whether two cuts are so far apart in the mean over all rows. */
function areApart(one: Cut, other: Cut, least: number): boolean {
  let rest = least * one.length;
  for (let y = 0; y < one.length && rest > 0; y += 1) rest -= Math.abs(one[y]! - other[y]!);
  return rest <= 0;
}

/** Straight ones where the ink along the slant of the hand is least. */
function straightCuts(ink: Float32Array, width: number, height: number, high: number): Cut[] {
  let best: { slant: number; profile: Float32Array; contrast: number } | undefined;
  for (const slant of SLANTS) {
    const profile = projected(ink, width, height, slant);
    // Strokes that stand one above the other make high peaks.
    const contrast = profile.reduce((sum, value) => sum + value * value, 0);
    if (!best || contrast > best.contrast) best = { slant, profile, contrast };
  }
  const { slant, profile } = best!;
  const smooth = profile.map(
    (value, x) => (2 * value + (profile[x - 1] ?? value) + (profile[x + 1] ?? value)) / 4,
  );
  return bestColumns(smooth, APART * high, COSTLY_STRAIGHT * high).map((x) =>
    Int16Array.from({ length: height }, (_, y) => Math.round(x + slant * (height / 2 - y))),
  );
}

/** The ink above each column of the middle row along a slant. */
function projected(ink: Float32Array, width: number, height: number, slant: number): Float32Array {
  const profile = new Float32Array(width);
  for (let y = 0; y < height; y += 1) {
    const shift = Math.round(slant * (height / 2 - y));
    const [from, to] = [Math.max(0, -shift), Math.min(width, width - shift)];
    for (let x = from; x < to; x += 1) profile[x]! += ink[y * width + x + shift]!;
  }
  return profile;
}

function inkOfPiece(map: InkMap, id: number, box: Box): Float32Array {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const ink = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (box.top + y) * map.width + box.left + x;
      if (map.piece[at] === id) ink[y * width + x] = map.soft[at]!;
    }
  }
  return ink;
}

/** The least ink on a way from the top (or bottom) edge to each pixel, with that pixel. */
function costs(ink: Float32Array, width: number, height: number, step: 1 | -1): Float32Array {
  const cost = ink.slice();
  const first = step === 1 ? 0 : height - 1;
  for (let row = 1; row < height; row += 1) {
    const y = first + row * step;
    const before = (y - step) * width;
    for (let x = 0; x < width; x += 1) {
      let least = cost[before + x]!;
      if (x > 0) least = Math.min(least, cost[before + x - 1]! + STEP);
      if (x < width - 1) least = Math.min(least, cost[before + x + 1]! + STEP);
      cost[y * width + x]! += least;
    }
  }
  return cost;
}

/** The middles of the lowest stretches, the best first in each neighbourhood. */
function bestColumns(through: Float32Array, apart: number, most: number): number[] {
  const stretches: { middle: number; cost: number }[] = [];
  const edge = Math.max(2, apart);
  for (let x = 0; x < through.length; x += 1) {
    let end = x;
    while (end + 1 < through.length && Math.abs(through[end + 1]! - through[x]!) < 1e-3) end += 1;
    const isLowest =
      (through[x - 1] ?? Infinity) > through[x]! && (through[end + 1] ?? Infinity) > through[x]!;
    const middle = (x + end) >> 1;
    const isInside = middle >= edge && middle <= through.length - edge;
    if (isLowest && isInside && through[x]! <= most) stretches.push({ middle, cost: through[x]! });
    x = end;
  }
  stretches.sort((one, other) => one.cost - other.cost);
  const chosen: number[] = [];
  for (const { middle } of stretches) {
    if (chosen.every((other) => Math.abs(other - middle) >= apart)) chosen.push(middle);
  }
  return chosen.sort((one, other) => one - other);
}

function follow(
  down: Float32Array,
  up: Float32Array,
  width: number,
  height: number,
  start: number,
  middle: number,
): Cut {
  const cut = new Int16Array(height);
  for (const [step, cost] of [
    [-1, down],
    [1, up],
  ] as const) {
    let x = start;
    for (let y = middle; y >= 0 && y < height; y += step) {
      cut[y] = x;
      const next = (y + step) * width;
      if (y + step < 0 || y + step >= height) break;
      let best = x;
      for (const side of [x - 1, x + 1]) {
        if (side < 0 || side >= width) continue;
        if (cost[next + side]! + STEP < cost[next + best]! + (best === x ? 0 : STEP)) best = side;
      }
      x = best;
    }
  }
  return cut;
}
