import { inkOfPiece, type Cut, type InkMap, type Piece, type PieceInk } from './ink-map.ts';
import { leapsOf, type Leap } from './leaps.ts';

/** A step to the side costs as much as so much ink. */
const STEP = 0.2;
/** A cut costs at most so much ink, as a part of the height of a digit. */
const COSTLY = 0.35;
/** Two cuts differ if at least so much ink lies between them, as a part of the square of the height of a digit. */
const OTHER = 0.008;

/** A cut leaves at least so much ink of its piece on either side: there is no digit of less. */
const LEFT = 0.03;

/** A straight cut meets at most so much ink, as a part of the height of a digit, and differs so much from all others. */
const COSTLY_STRAIGHT = 0.8;
const OTHER_STRAIGHT = 0.02;
/** Straight cuts are at least so far apart, as a part of the height of a digit. */
const APART = 0.08;
/** Slants that hands write with: how far to the right a stroke goes with each row upwards. */
const SLANTS = [-0.15, 0, 0.15, 0.3, 0.45];

/**
 * The ways through a piece along which digits that touch could be parted: of all ways from top to bottom those that meet less ink than
 * those beside them, and part other ink than cheaper ones; and straight ones along the slant of its hand, for strokes that touch
 * lengthwise.
 */
export function cutsThrough(map: InkMap, piece: Piece, high: number): Cut[] {
  const ink = inkOfPiece(map, piece);
  if (ink.width < 0.3 * high) return [];
  const chosen: Cut[] = [];
  /** By where they are, in heights of a digit: only cuts that are near each other may be the same. */
  const near = new Map<number, Cut[]>();
  const choose = (cut: Cut, least: number): void => {
    if (leavesNothing(ink, cut, LEFT * high * high)) return;
    const place = Math.floor(cut[ink.height >> 1]! / high);
    const others = [-1, 0, 1].flatMap((beside) => near.get(place + beside) ?? []);
    if (others.some((other) => inkBetween(ink, cut, other, least) < least)) return;
    near.set(place, [...(near.get(place) ?? []), cut]);
    chosen.push(cut);
  };
  for (const cut of waysThrough(ink, high)) choose(cut, OTHER * high * high);
  for (const cut of straightCuts(ink, high)) choose(cut, OTHER_STRAIGHT * high * high);
  return chosen;
}

/** How much ink lies between two cuts; it is not counted beyond `most`. */
function inkBetween({ before, width }: PieceInk, one: Cut, other: Cut, most: number): number {
  let sum = 0;
  for (let y = 0; y < one.length && sum < most; y += 1) {
    const row = y * (width + 1);
    sum += Math.abs(before[row + one[y]!]! - before[row + other[y]!]!);
  }
  return sum;
}

/** Whether there is next to no ink on one side of a cut. */
function leavesNothing({ before, width }: PieceInk, cut: Cut, least: number): boolean {
  let [left, right] = [0, 0];
  for (let y = 0; y < cut.length && Math.min(left, right) < least; y += 1) {
    const row = y * (width + 1);
    left += before[row + cut[y]!]!;
    right += before[row + width]! - before[row + cut[y]!]!;
  }
  return Math.min(left, right) < least;
}

/** Ways from top to bottom that somewhere meet less ink than those beside them, the cheapest first. */
function waysThrough(ink: PieceInk, high: number): Cut[] {
  const { width, height, data } = ink;
  const leaps = leapsOf(ink, high);
  const down = waysFrom(ink, 1, leaps);
  const up = waysFrom(ink, -1, leaps);
  const ways = new Map<string, { cut: Cut; cost: number }>();
  const through = new Float32Array(width);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, at = y * width; x < width; x += 1, at += 1) {
      through[x] = down.cost[at]! + up.cost[at]! - data[at]!;
    }
    for (const x of lowest(through, COSTLY * high)) {
      const cut = new Int16Array(height);
      follow(down.before, width, x, y, cut);
      follow(up.before, width, x, y, cut);
      ways.set(Buffer.from(cut.buffer).toString('latin1'), { cut, cost: through[x]! });
    }
  }
  return [...ways.values()].sort((one, other) => one.cost - other.cost).map(({ cut }) => cut);
}

/** The ways from one edge that meet least ink. */
interface Ways {
  /** The ink on the way to each pixel, with that pixel. */
  readonly cost: Float32Array;
  /** The pixel before each on that way; -1 is none. */
  readonly before: Int32Array;
}

/** From the top down (1) or from the bottom up (-1), at most one column to the side a row, or along a leap. */
function waysFrom({ width, height, data }: PieceInk, step: 1 | -1, leaps: readonly Leap[]): Ways {
  const cost = data.slice();
  const before = new Int32Array(width * height).fill(-1);
  const landings = new Map<number, Leap[]>();
  for (const leap of leaps) {
    const row = Math.floor((step === 1 ? leap.to : leap.from) / width);
    landings.set(row, [...(landings.get(row) ?? []), leap]);
  }
  for (let row = 1; row < height; row += 1) {
    const y = step === 1 ? row : height - 1 - row;
    for (let x = 0, at = y * width; x < width; x += 1, at += 1) {
      const straight = at - step * width;
      let [least, way] = [cost[straight]!, straight];
      for (const side of [-1, 1]) {
        if (x + side < 0 || x + side >= width) continue;
        const value = cost[straight + side]! + STEP;
        if (value < least) [least, way] = [value, straight + side];
      }
      cost[at]! += least;
      before[at] = way;
    }
    for (const leap of landings.get(y) ?? []) {
      const [start, end] = step === 1 ? [leap.from, leap.to] : [leap.to, leap.from];
      const value = cost[start]! + leap.cost + data[end]!;
      if (value < cost[end]!) [cost[end], before[end]] = [value, start];
    }
  }
  return { cost, before };
}

/** Writes the way that leads to a pixel. */
function follow(before: Int32Array, width: number, x: number, y: number, cut: Cut): void {
  cut[y] = x;
  for (let at = y * width + x, next = before[at]!; next >= 0; at = next, next = before[at]!) {
    const [x0, y0] = [at % width, Math.floor(at / width)];
    const [across, down] = [(next % width) - x0, Math.floor(next / width) - y0];
    const steps = Math.abs(down);
    for (let i = 1; i <= steps; i += 1) {
      cut[y0 + Math.sign(down) * i] = Math.round(x0 + (i * across) / steps);
    }
  }
}

/** The middles of stretches that are lower than what is beside them. */
function lowest(through: Float32Array, most: number): number[] {
  const found: number[] = [];
  for (let x = 0; x < through.length; x += 1) {
    const start = x;
    while (x + 1 < through.length && Math.abs(through[x + 1]! - through[start]!) < 1e-3) x += 1;
    const isLowest =
      (through[start - 1] ?? Infinity) > through[start]! &&
      (through[x + 1] ?? Infinity) > through[start]!;
    if (isLowest && through[start]! <= most) found.push((start + x) >> 1);
  }
  return found;
}

/** Straight ones where the ink along the slant of the hand is least. */
function straightCuts(ink: PieceInk, high: number): Cut[] {
  let best: { slant: number; profile: Float32Array; contrast: number } | undefined;
  for (const slant of SLANTS) {
    const profile = projected(ink, slant);
    // Strokes that stand one above the other make high peaks.
    const contrast = profile.reduce((sum, value) => sum + value * value, 0);
    if (!best || contrast > best.contrast) best = { slant, profile, contrast };
  }
  const { slant, profile } = best!;
  const { width, height } = ink;
  const smooth = profile.map(
    (value, x) => (2 * value + (profile[x - 1] ?? value) + (profile[x + 1] ?? value)) / 4,
  );
  const chosen: number[] = [];
  const columns = lowest(smooth, COSTLY_STRAIGHT * high);
  for (const x of columns.sort((one, other) => smooth[one]! - smooth[other]!)) {
    if (chosen.every((other) => Math.abs(other - x) >= APART * high)) chosen.push(x);
  }
  return chosen.map((x) =>
    Int16Array.from({ length: height }, (_, y) =>
      Math.min(width, Math.max(0, Math.round(x + slant * (height / 2 - y)))),
    ),
  );
}

/** The ink above each column of the middle row along a slant. */
function projected({ width, height, data }: PieceInk, slant: number): Float32Array {
  const profile = new Float32Array(width);
  for (let y = 0; y < height; y += 1) {
    const shift = Math.round(slant * (height / 2 - y));
    const [from, to] = [Math.max(0, -shift), Math.min(width, width - shift)];
    for (let x = from; x < to; x += 1) profile[x]! += data[y * width + x + shift]!;
  }
  return profile;
}
