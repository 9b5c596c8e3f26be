import { NO_DIGIT } from '../handwriting/digit-net.ts';
import type { Atom } from './atoms.ts';
import type { Candidate } from './candidates.ts';
import { HIGH } from './line-ink.ts';

/** A candidate that was taken for a digit. */
export interface ChosenDigit extends Candidate {
  /** How likely it is one whole digit. */
  readonly score: number;
}

/** To pass over an atom costs as much as so many nats, and so many more for ink as of a whole digit. */
const PASSED = 2.5;
const PASSED_INK = 14;
/** Of a digit with strokes of usual width, in full pixels. */
const USUAL_INK = 0.3 * HIGH * HIGH;
/** A digit that is lower than this part of its line, or higher than that, is the less likely the more it is. */
const LOW = 0.72;
const TALL = 1.35;
/** Nats for each part of the height that it is too low or too high. */
const ODD_HEIGHT = 14;

/**
 * Which atoms are digits together, from left to right: of all ways to part a line the likeliest one, by the score of each candidate,
 * found by dynamic programming. Atoms that no digit takes are passed over.
 */
export function bestParting(
  atoms: readonly Atom[],
  candidates: readonly Candidate[],
  scoresOf: (candidate: Candidate) => Float64Array,
): ChosenDigit[] {
  const best = new Float64Array(atoms.length + 1).fill(-Infinity);
  const taken: (ChosenDigit | undefined)[] = Array.from({ length: atoms.length + 1 });
  best[0] = 0;
  let next = 0;
  for (let from = 0; from < atoms.length; from += 1) {
    const passed = best[from]! - PASSED - (PASSED_INK * atoms[from]!.mass) / USUAL_INK;
    if (passed > best[from + 1]!) [best[from + 1], taken[from + 1]] = [passed, undefined];
    for (; candidates[next]?.from === from; next += 1) {
      const candidate = candidates[next]!;
      const scores = scoresOf(candidate);
      const score = 1 - scores[NO_DIGIT]!;
      const likeliest = Math.max(...scores.subarray(0, NO_DIGIT));
      const value = best[from]! + Math.log(likeliest + 1e-6) - oddness(candidate);
      if (value <= best[candidate.to]!) continue;
      best[candidate.to] = value;
      taken[candidate.to] = { ...candidate, score };
    }
  }
  const chosen: ChosenDigit[] = [];
  for (let to = atoms.length; to > 0;) {
    const digit = taken[to];
    if (digit) chosen.unshift(digit);
    to = digit ? digit.from : to - 1;
  }
  return chosen;
}

function oddness({ box }: Candidate): number {
  const high = (box.bottom - box.top) / HIGH;
  return ODD_HEIGHT * Math.max(0, LOW - high, (high - TALL) / 2);
}
