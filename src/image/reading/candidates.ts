import type { Box } from '../handwriting/plane-loops.ts';
import { around, type Atom } from './atoms.ts';
import { HIGH } from './line-ink.ts';
import type { Parting } from './partings.ts';

/** What lies between two partings of a line, `from` the one and `to` the other by their numbers. */
export interface Candidate {
  readonly from: number;
  readonly to: number;
  readonly atoms: readonly Atom[];
  readonly box: Box;
  readonly mass: number;
  /** Whether it might be one digit; what is not can only be passed over. */
  readonly isLikely: boolean;
}

/** A digit is never wider than this, as a part of the height of digits. */
const WIDEST = 1.5;
/** Strokes of one digit that do not touch are never farther apart. */
const GAP = 0.3;
/** What is lower than this is no digit by itself. */
const LOWEST = 0.42;
/** Less ink than this, as a part of the square of the height, is no digit, nor is more. */
const LIGHTEST = 0.025;
const HEAVIEST = 0.7;
/** So much ink, as a part of the square of the height, the one on either side of a parting may both leave to the other. */
const CROSSED = 0.004;

/** What lies between any two partings near each other, in their order. */
export function candidatesAmong(atoms: readonly Atom[], partings: readonly Parting[]): Candidate[] {
  const found: Candidate[] = [];
  /** How far to the right all atoms up to each reach. */
  const reach = Float64Array.from(atoms, ({ box }) => box.right);
  for (let at = 1; at < reach.length; at += 1) reach[at] = Math.max(reach[at]!, reach[at - 1]!);
  for (const [from, first] of partings.entries()) {
    for (let to = from + 1; to < partings.length; to += 1) {
      const last = partings[to]!;
      // Whatever lies behind it, it can be passed over.
      const hasSome = found.at(-1)?.from === from;
      // Partings are in the order of the ink left of them, which is not quite the order of their columns.
      if (hasSome && last.from - first.to > 2 * WIDEST * HIGH) break;
      if (hasSome && last.from - first.to > WIDEST * HIGH) continue;
      const between = atomsBetween(atoms, reach, first, last);
      if (between) found.push({ ...between, from, to });
    }
  }
  return found;
}

/** Undefined where they cross, or nothing is there. */
function atomsBetween(
  atoms: readonly Atom[],
  reach: Float64Array,
  first: Parting,
  last: Parting,
): Omit<Candidate, 'from' | 'to'> | undefined {
  const own: Atom[] = [];
  const [start, end] = [Math.min(first.from, last.from), Math.max(first.to, last.to)];
  let [mass, crossed, right, gap] = [0, 0, Infinity, 0];
  for (let at = firstBeyond(reach, start); at < atoms.length; at += 1) {
    const atom = atoms[at]!;
    if (atom.box.left >= end) break;
    const [isPast, isBefore] = [first.isLeft(atom), last.isLeft(atom)];
    if (isPast === isBefore) continue;
    if (isPast) {
      crossed += atom.mass;
      continue;
    }
    own.push(atom);
    mass += atom.mass;
    gap = Math.max(gap, atom.box.left - right);
    right = right === Infinity ? atom.box.right : Math.max(right, atom.box.right);
  }
  const square = HIGH * HIGH;
  if (own.length === 0 || crossed > CROSSED * square) return undefined;
  const box = own.map((atom) => atom.box).reduce(around);
  const [wide, tall] = [box.right - box.left, box.bottom - box.top];
  const isLikely =
    tall >= LOWEST * HIGH &&
    wide <= WIDEST * HIGH &&
    gap <= GAP * HIGH &&
    mass >= LIGHTEST * square &&
    mass <= HEAVIEST * square;
  return { atoms: own, box, mass, isLikely };
}

/** The first place whose value is beyond `least`; they never fall. */
function firstBeyond(values: Float64Array, least: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > least) high = middle;
    else low = middle + 1;
  }
  return low;
}
