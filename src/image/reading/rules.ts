import type { Box, Plane } from '../handwriting/plane-loops.ts';

/** A thin straight line of a form or of ruled paper; `at` is its middle at `from`, across its direction. */
export interface Rule {
  readonly isUpright: boolean;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly slope: number;
  readonly thickness: number;
}

/** Shorter than so many pixels nothing is called a line. */
const LEAST = 20;
/** Thicker than so many pixels it is a stroke. */
const THICKEST = 8;
/** How far the next column of a line may lie from where it is expected, in pixels. */
const STRAY = 1.3;
/** Steeper lines are strokes. */
const STEEPEST = 0.25;
/** So many columns of a line may be missing in a row; where it crosses ink, so many may. */
const MISSING = 4;
const CROSSING = 48;

interface Chain {
  /** The how manieth it was that was begun. */
  readonly number: number;
  start: number;
  last: number;
  seen: number;
  thick: number;
  /** Sums of a regression over its thin columns. */
  sx: number;
  sy: number;
  sxx: number;
  sxy: number;
}

/** All thin straight lines among what stands out, level or upright within some 14 degrees. */
export function findRules(signal: Plane, threshold: number): Rule[] {
  return [...chainsOf(signal, threshold, false), ...chainsOf(signal, threshold, true)];
}

function chainsOf({ width, height, data }: Plane, threshold: number, isUpright: boolean): Rule[] {
  const [columns, rows] = isUpright ? [height, width] : [width, height];
  const [along, across] = isUpright ? [width, 1] : [1, width];
  const found: Rule[] = [];
  let open: Chain[] = [];
  let begun = 0;
  for (let x = 0; x < columns; x += 1) {
    const isInk = (y: number): boolean => data[x * along + y * across]! > threshold;
    const taken = new Set<Chain>();
    const expected = byRow(open, x, rows);
    for (let y = 0; y < rows; y += 1) {
      if (!isInk(y)) continue;
      const start = y;
      while (y < rows && isInk(y)) y += 1;
      const thick = y - start;
      if (thick > THICKEST) continue;
      const centre = start + thick / 2;
      const own = longestAt(expected, centre, taken);
      const chain = own ?? beginChain(begun++, x);
      if (!own) open.push(chain);
      taken.add(chain);
      extend(chain, x, centre, thick);
    }
    open = open.filter((chain) => {
      const middle = Math.floor(expectedAt(chain, x));
      const crosses = middle >= 0 && middle < rows && isInk(middle);
      const most = crosses ? Math.min(CROSSING, MISSING + chain.seen) : MISSING;
      if (x - chain.last <= most) return true;
      keep(chain, isUpright, found);
      return false;
    });
  }
  for (const chain of open) keep(chain, isUpright, found);
  return found;
}

const beginChain = (number: number, x: number): Chain => ({
  number,
  start: x,
  last: x,
  seen: 0,
  thick: 0,
  sx: 0,
  sy: 0,
  sxx: 0,
  sxy: 0,
});

interface Expected {
  readonly chain: Chain;
  readonly at: number;
}

/** Where each chain is expected to go on, by rows: on a page of noise there are hundreds. */
function byRow(open: readonly Chain[], x: number, rows: number): (Expected[] | undefined)[] {
  const found: (Expected[] | undefined)[] = Array.from({ length: rows });
  for (const chain of open) {
    const at = expectedAt(chain, x);
    (found[Math.max(0, Math.min(rows - 1, Math.floor(at)))] ??= []).push({ chain, at });
  }
  return found;
}

/** Of the chains that are expected near there the one that was seen most, the older one of two. */
function longestAt(
  expected: readonly (readonly Expected[] | undefined)[],
  centre: number,
  taken: ReadonlySet<Chain>,
): Chain | undefined {
  let best: Chain | undefined;
  for (let row = Math.floor(centre - STRAY); row <= centre + STRAY; row += 1) {
    for (const { chain, at } of expected[row] ?? []) {
      if (taken.has(chain) || Math.abs(at - centre) > STRAY) continue;
      const isBetter =
        !best || chain.seen > best.seen || (chain.seen === best.seen && chain.number < best.number);
      if (isBetter) best = chain;
    }
  }
  return best;
}

function extend(chain: Chain, x: number, centre: number, thick: number): void {
  const along = x - chain.start;
  chain.last = x;
  chain.seen += 1;
  chain.thick += thick;
  chain.sx += along;
  chain.sy += centre;
  chain.sxx += along * along;
  chain.sxy += along * centre;
}

function slopeOf({ seen, sx, sy, sxx, sxy }: Chain): number {
  if (seen < 8) return 0;
  const slope = (seen * sxy - sx * sy) / (seen * sxx - sx * sx);
  return Math.max(-STEEPEST, Math.min(STEEPEST, slope));
}

function expectedAt(chain: Chain, x: number): number {
  const slope = slopeOf(chain);
  return (chain.sy - slope * chain.sx) / chain.seen + slope * (x - chain.start);
}

function keep(chain: Chain, isUpright: boolean, found: Rule[]): void {
  const length = chain.last - chain.start + 1;
  if (length < LEAST || chain.seen < length / 2) return;
  found.push({
    isUpright,
    from: chain.start,
    to: chain.last + 1,
    at: expectedAt(chain, chain.start),
    slope: slopeOf(chain),
    thickness: chain.thick / chain.seen,
  });
}

/** Thicker than this part of the height of what it belongs to a line is a stroke. */
const THIN = 0.085;

/**
 * Those that belong to the paper and not to a digit: as long as the page is wide or far longer than a digit is high, or a side of a
 * frame: of a piece of which one level line is nearly as wide as it is, and two upright ones are nearly as high.
 */
export function rulesOfPaper(
  rules: readonly Rule[],
  pieces: readonly Box[],
  high: number,
  page: Plane,
): Rule[] {
  const lengthOf = ({ from, to }: Rule): number => to - from;
  const chosen = new Set<Rule>();
  for (const rule of rules) {
    const across = rule.isUpright ? page.height : page.width;
    const isLong = lengthOf(rule) > Math.min(2.3 * high, 0.9 * across);
    if (isLong && rule.thickness <= Math.max(2.5, THIN * high)) chosen.add(rule);
  }
  for (const box of pieces) {
    const [wide, tall] = [box.right - box.left, box.bottom - box.top];
    if (tall < 16 || wide < 0.4 * tall) continue;
    const own = rules.filter(
      (rule) => lies(rule, box) && rule.thickness <= Math.max(2.5, THIN * tall),
    );
    const level = own.filter((rule) => !rule.isUpright && lengthOf(rule) >= 0.75 * wide);
    const upright = own.filter((rule) => rule.isUpright && lengthOf(rule) >= 0.7 * tall);
    const isFrame =
      level.length >= 1 && upright.length >= 2 && spreadOf(upright) >= 0.55 * Math.min(wide, tall);
    if (!isFrame) continue;
    for (const rule of own) {
      if (rule.isUpright ? lengthOf(rule) >= 0.25 * tall : lengthOf(rule) >= 0.6 * wide)
        chosen.add(rule);
    }
  }
  return [...chosen];
}

const spreadOf = (rules: readonly Rule[]): number =>
  Math.max(...rules.map(({ at }) => at)) - Math.min(...rules.map(({ at }) => at));

function lies(rule: Rule, box: Box): boolean {
  const [low, high] = rule.isUpright ? [box.top, box.bottom] : [box.left, box.right];
  const [near, far] = rule.isUpright ? [box.left, box.right] : [box.top, box.bottom];
  const end = rule.at + rule.slope * (rule.to - rule.from);
  const isInside = (at: number): boolean => at >= near - 2 && at <= far + 2;
  return rule.from >= low - 2 && rule.to <= high + 2 && isInside(rule.at) && isInside(end);
}

/** The same line on a part of the page at another size. */
export function ruleIn(rule: Rule, part: Box, scale: number): Rule {
  const [along, across] = rule.isUpright ? [part.top, part.left] : [part.left, part.top];
  return {
    ...rule,
    from: (rule.from - along) * scale,
    to: (rule.to - along) * scale,
    at: (rule.at - across) * scale,
    thickness: rule.thickness * scale,
  };
}

/** Takes lines out of a plane wherever nothing crosses them. */
export function eraseRules(signal: Plane, threshold: number, rules: readonly Rule[]): void {
  const { width, height, data } = signal;
  for (const { isUpright, from, to, at, slope, thickness } of rules) {
    const [columns, rows] = isUpright ? [height, width] : [width, height];
    const [along, across] = isUpright ? [width, 1] : [1, width];
    const reach = thickness / 2 + 2;
    const [first, end] = [Math.max(0, Math.floor(from) - 2), Math.min(columns, Math.ceil(to) + 2)];
    for (let x = first; x < end; x += 1) {
      const middle = at + slope * (x - from);
      const low = Math.max(0, Math.floor(middle - reach));
      const high = Math.min(rows, Math.ceil(middle + reach));
      if (low >= high) continue;
      const isInk = (y: number): boolean =>
        y >= 0 && y < rows && data[x * along + y * across]! > threshold;
      let [top, bottom] = [low, high];
      while (top < high && !isInk(top)) top += 1;
      if (top < high) {
        while (isInk(top - 1)) top -= 1;
        while (bottom > low && !isInk(bottom - 1)) bottom -= 1;
        while (isInk(bottom)) bottom += 1;
      }
      if (bottom - top > thickness * 1.6 + 3) continue;
      for (
        let y = Math.max(0, Math.min(low, top - 1));
        y < Math.min(rows, Math.max(high, bottom + 1));
        y += 1
      ) {
        data[x * along + y * across] = 0;
      }
    }
  }
}
