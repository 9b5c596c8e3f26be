import type { Plane } from '../handwriting/plane-loops.ts';
import type { Rule } from './rule.ts';

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
