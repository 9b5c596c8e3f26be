import type { Box } from '../handwriting/plane-loops.ts';
import { cutsThrough, type InkMap, type Piece } from './cuts.ts';

/** The least that is taken apart no further: a piece, or what lies between two cuts through one. */
export interface Atom {
  /** Its number in the map of atoms; 0 is none. */
  readonly id: number;
  readonly piece: Piece;
  readonly box: Box;
  readonly mass: number;
  /** The middle of its ink. */
  readonly centre: number;
}

/** Atoms in the order of their middles, and which of them each pixel belongs to. */
export interface AtomMap {
  readonly atoms: readonly Atom[];
  readonly atom: Int32Array;
}

/** Takes pieces apart wherever digits that touch might be parted. */
export function takeApart(map: InkMap, pieces: readonly Piece[], high: number): AtomMap {
  const atom = new Int32Array(map.piece.length);
  const atoms: Atom[] = [];
  let next = 1;
  for (const piece of pieces) {
    const cuts = cutsThrough(map, piece, high);
    const parts = Array.from({ length: cuts.length + 1 }, () => ({
      left: Infinity,
      top: Infinity,
      right: 0,
      bottom: 0,
      mass: 0,
      moment: 0,
    }));
    const { left, top, right, bottom } = piece.box;
    for (let y = top; y < bottom; y += 1) {
      const columns = Int16Array.from(cuts, (cut) => cut[y - top]!).sort();
      let part = 0;
      for (let x = left; x < right; x += 1) {
        while (part < columns.length && columns[part]! <= x - left) part += 1;
        const at = y * map.width + x;
        if (map.piece[at] !== piece.id) continue;
        atom[at] = next + part;
        const seen = parts[part]!;
        seen.left = Math.min(seen.left, x);
        seen.right = Math.max(seen.right, x + 1);
        seen.top = Math.min(seen.top, y);
        seen.bottom = Math.max(seen.bottom, y + 1);
        seen.mass += map.soft[at]!;
        seen.moment += map.soft[at]! * x;
      }
    }
    for (const [part, { mass, moment, ...box }] of parts.entries()) {
      if (mass === 0) continue;
      atoms.push({ id: next + part, piece, box, mass, centre: moment / mass });
    }
    next += parts.length;
  }
  return { atoms: atoms.sort((one, other) => one.centre - other.centre), atom };
}

export const around = (one: Box, other: Box): Box => ({
  left: Math.min(one.left, other.left),
  top: Math.min(one.top, other.top),
  right: Math.max(one.right, other.right),
  bottom: Math.max(one.bottom, other.bottom),
});
