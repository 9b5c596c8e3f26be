import type { Box } from '../handwriting/plane-loops.ts';
import { cutsThrough } from './cuts.ts';
import type { Cut, InkMap, Piece } from './ink-map.ts';
import { alongCut, betweenPieces, type Parting } from './partings.ts';

/** The least that is taken apart no further: what lies on the same side of every cut through a piece. */
export interface Atom {
  /** Its number in the map of atoms; 0 is none. */
  readonly id: number;
  /** Which piece it is of. */
  readonly piece: number;
  readonly box: Box;
  readonly mass: number;
  /** One of its pixels. */
  readonly x: number;
  readonly y: number;
}

/** What a line may be taken apart into. */
export interface AtomMap {
  /** By where they begin. */
  readonly atoms: readonly Atom[];
  /** Which atom each pixel belongs to. */
  readonly atom: Int32Array;
  /** Where it may be parted, in the order of the ink left of it: the first has none, the last all. */
  readonly partings: readonly Parting[];
}

/** Takes pieces apart wherever digits that touch might be parted. */
export function takeApart(map: InkMap, pieces: readonly Piece[], high: number): AtomMap {
  const atom = new Int32Array(map.piece.length);
  const atoms: Atom[] = [];
  const partings: Parting[] = betweenPieces(pieces);
  for (const piece of pieces) {
    const cuts = cutsThrough(map, piece, high);
    atoms.push(...atomsOf(map, piece, cuts, atom, atoms.length + 1));
    partings.push(...cuts.map((cut) => alongCut(piece, cut)));
  }
  atoms.sort((one, other) => one.box.left - other.box.left);
  const inkLeftOf = new Map(partings.map((parting) => [parting, massLeftOf(atoms, parting)]));
  partings.sort((one, other) => inkLeftOf.get(one)! - inkLeftOf.get(other)!);
  return { atoms, atom, partings };
}

const massLeftOf = (atoms: readonly Atom[], { isLeft }: Parting): number =>
  atoms.reduce((sum, atom) => (isLeft(atom) ? sum + atom.mass : sum), 0);

interface GrowingAtom extends Atom {
  readonly box: { -readonly [side in keyof Box]: Box[side] };
  mass: number;
}

/** What lies right of the same cuts is one atom. Numbers them from `first` on, also in the map. */
function atomsOf(
  map: InkMap,
  { id: piece, box: { left, top, right, bottom } }: Piece,
  cuts: readonly Cut[],
  atom: Int32Array,
  first: number,
): Atom[] {
  const found = new Map<number, GrowingAtom>();
  const marks = cuts.map((_, at) => markOf(at));
  const order = cuts.map((_, at) => at);
  for (let y = top; y < bottom; y += 1) {
    order.sort((one, other) => cuts[one]![y - top]! - cuts[other]![y - top]!);
    let [next, passed] = [0, 0];
    for (let x = left, at = y * map.width + left; x < right; x += 1, at += 1) {
      while (next < order.length && cuts[order[next]!]![y - top]! <= x - left) {
        passed += marks[order[next]!]!;
        next += 1;
      }
      if (map.piece[at] !== piece) continue;
      let own = found.get(passed);
      if (!own) {
        const box = { left: x, top: y, right: x + 1, bottom: y + 1 };
        own = { id: first + found.size, piece, box, mass: 0, x, y };
        found.set(passed, own);
      }
      atom[at] = own.id;
      own.mass += map.soft[at]!;
      own.box.left = Math.min(own.box.left, x);
      own.box.right = Math.max(own.box.right, x + 1);
      own.box.bottom = y + 1;
    }
  }
  return [...found.values()];
}

/** A number for each cut, spread so that sums of different ones differ; sums of a thousand are exact. */
const markOf = (at: number): number =>
  Math.floor((((at + 1) * 0.618_033_988_749_894_9 * 7919.77) % 1) * 2 ** 43);

export const around = (one: Box, other: Box): Box => ({
  left: Math.min(one.left, other.left),
  top: Math.min(one.top, other.top),
  right: Math.max(one.right, other.right),
  bottom: Math.max(one.bottom, other.bottom),
});
