import { otherDigit, type OtherDigit } from './other-digits.ts';
import type { Box, Pieces, Plane, PlaneLoops, Runs } from './plane-loops.ts';

/** Lighter pieces than this part of the heaviest are specks. */
const SPECK = 0.06;
/** A piece counts as near when its gap to the heaviest is below this part of that one's longer side. */
const NEAR = 0.5;
/** How much a piece at the image's edge counts: it is more likely a shadow, a thumb or a frame. */
const EDGE = 0.3;

interface Piece {
  readonly number: number;
  /** All its ink: area times how far it stands out. */
  readonly mass: number;
  readonly box: Box;
  readonly score: number;
}

/** The ink of a digit among what stands out. */
export interface KeptInk {
  readonly runs: Runs;
  /** Around it; undefined when there is none. */
  readonly box: Box | undefined;
  /** Other ink might be a digit, too. */
  readonly other: OtherDigit | undefined;
  /** All ink of what was left out within its box, as a part of its own. */
  readonly leftOut: number;
}

/**
 * Which pixels above the threshold belong to the digit: the heaviest connected piece and those near it.
 * Specks, ruled lines and what lies elsewhere are left out.
 */
export function findInk(
  loops: PlaneLoops,
  signal: Plane,
  threshold: number,
  isSheet = false,
): KeptInk {
  const { width, height } = signal;
  const found = loops.findPieces(signal, threshold);
  const pieces = listOf(found, width, height);
  const candidates = pieces.filter(
    (piece) =>
      !isRuledLine(piece, width, height) && !(isSheet && goesThrough(piece, width, height)),
  );
  const digit = (candidates.length > 0 ? candidates : pieces).reduce<Piece | undefined>(
    (best, piece) => (best && best.score >= piece.score ? best : piece),
    undefined,
  );
  if (!digit) return { runs: found.runs, box: undefined, other: undefined, leftOut: 0 };
  const parts = candidates.filter(
    ({ mass, box }) => mass > SPECK * digit.mass && isNear(box, digit.box),
  );
  const all = parts.includes(digit) ? parts : [...parts, digit];
  const isKept = loops.bytes(pieces.length).fill(0);
  for (const { number } of all) isKept[number] = 1;
  const box = all.map((piece) => piece.box).reduce(around);
  const other = otherDigit(candidates, digit, width, height);
  const leftOut = massOf(
    pieces.filter((piece) => !all.includes(piece) && isWithin(piece.box, box)),
  );
  const runs = loops.keepRuns(found.runs, isKept);
  return { runs, box, other, leftOut: leftOut / massOf(all) };
}

const massOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { mass }) => sum + mass, 0);

const isWithin = ({ left, top, right, bottom }: Box, box: Box): boolean =>
  left >= box.left && top >= box.top && right <= box.right && bottom <= box.bottom;

const around = (one: Box, other: Box): Box => ({
  left: Math.min(one.left, other.left),
  top: Math.min(one.top, other.top),
  right: Math.max(one.right, other.right),
  bottom: Math.max(one.bottom, other.bottom),
});

function listOf({ masses, boxes }: Pieces, width: number, height: number): Piece[] {
  return Array.from(masses, (mass, number) => {
    const at = 4 * number;
    const [left, top] = [boxes[at]!, boxes[at + 1]!];
    const [right, bottom] = [boxes[at + 2]!, boxes[at + 3]!];
    const isAtEdge = left === 0 || top === 0 || right === width || bottom === height;
    const box = { left, top, right, bottom };
    return { number, mass, box, score: mass * (isAtEdge ? EDGE : 1) };
  });
}

/** Nearly as wide as the image and flat: a line of the paper. Upright ones might be a 1. */
function isRuledLine({ box }: Piece, width: number, height: number): boolean {
  return box.right - box.left > 0.9 * width && box.bottom - box.top < 0.12 * height;
}

/** From one side of the page to another: a crease, or the edge of a shadow. */
function goesThrough({ box }: Piece, width: number, height: number): boolean {
  const { left, top, right, bottom } = box;
  const sides = [left === 0, top === 0, right === width, bottom === height];
  return sides.filter(Boolean).length > 1;
}

function isNear(box: Box, digit: Box): boolean {
  const reach = NEAR * Math.max(digit.right - digit.left, digit.bottom - digit.top);
  const gapX = Math.max(box.left - digit.right, digit.left - box.right);
  const gapY = Math.max(box.top - digit.bottom, digit.top - box.bottom);
  return Math.max(gapX, gapY) <= reach;
}
