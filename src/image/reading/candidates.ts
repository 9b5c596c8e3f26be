import type { Box } from '../handwriting/plane-loops.ts';
import { around, type Atom } from './atoms.ts';
import { HIGH } from './line-ink.ts';

/** Atoms side by side that might be one digit: from `from` on up to, but without, `to`. */
export interface Candidate {
  readonly from: number;
  readonly to: number;
  readonly box: Box;
  readonly mass: number;
}

/** A digit is never in more atoms. */
const MOST_ATOMS = 9;
/** A digit is never wider than this, as a part of the height of digits. */
const WIDEST = 1.5;
/** Strokes of one digit that do not touch are never farther apart. */
const GAP = 0.3;
/** What is lower than this is no digit by itself. */
const LOWEST = 0.42;

/** All runs of atoms that might be one digit. */
export function candidatesAmong(atoms: readonly Atom[]): Candidate[] {
  const found: Candidate[] = [];
  for (let from = 0; from < atoms.length; from += 1) {
    let { box, mass } = atoms[from]!;
    for (let to = from + 1; to <= Math.min(atoms.length, from + MOST_ATOMS); to += 1) {
      if (to > from + 1) {
        const next = atoms[to - 1]!;
        if (next.box.left - box.right > GAP * HIGH) break;
        box = around(box, next.box);
        mass += next.mass;
      }
      if (box.right - box.left > WIDEST * HIGH) break;
      if (box.bottom - box.top >= LOWEST * HIGH) found.push({ from, to, box, mass });
    }
  }
  return found;
}
