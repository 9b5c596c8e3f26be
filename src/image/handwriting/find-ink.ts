import type { Box } from './plane.ts';
import type { Plane, PlaneLoops } from './plane-loops.ts';

/** Lighter pieces than this part of the heaviest are specks. */
const SPECK = 0.06;
/** A piece counts as near when its gap to the heaviest is below this part of that one's longer side. */
const NEAR = 0.5;
/** How much a piece at the image's edge counts: it is more likely a shadow, a thumb or a frame. */
const EDGE = 0.3;

interface Piece {
  readonly label: number;
  /** All its ink: area times how far it stands out. */
  readonly mass: number;
  readonly box: Box;
  readonly score: number;
}

/** The ink of a digit among what stands out. */
export interface KeptInk {
  /** 1 = ink of the digit. */
  readonly kept: Uint8Array;
  /** Around it; undefined when there is none. */
  readonly box: Box | undefined;
}

/**
 * Which pixels above the threshold belong to the digit: the heaviest connected piece and those near it.
 * Specks, ruled lines and what lies elsewhere are left out.
 */
export function findInk(loops: PlaneLoops, signal: Plane, threshold: number): KeptInk {
  const { width, height } = signal;
  const { labels, pieces } = findPieces(loops, signal, threshold);
  const candidates = pieces.filter((piece) => !isRuledLine(piece, width, height));
  const digit = (candidates.length > 0 ? candidates : pieces).reduce<Piece | undefined>(
    (best, piece) => (best && best.score >= piece.score ? best : piece),
    undefined,
  );
  const kept = loops.bytes(width * height);
  if (!digit) return { kept: kept.fill(0), box: undefined };
  const parts = candidates.filter(
    ({ mass, box }) => mass > SPECK * digit.mass && isNear(box, digit.box),
  );
  const all = parts.includes(digit) ? parts : [...parts, digit];
  const isKept = new Uint8Array(pieces.length + 1);
  for (const { label } of all) isKept[label] = 1;
  const box = all.map((piece) => piece.box).reduce(around);
  mark(kept.fill(0), labels, isKept, signal, box);
  return { kept, box };
}

const around = (one: Box, other: Box): Box => ({
  left: Math.min(one.left, other.left),
  top: Math.min(one.top, other.top),
  right: Math.max(one.right, other.right),
  bottom: Math.max(one.bottom, other.bottom),
});

/** 1 for every pixel whose piece is kept; all of those lie in the box. */
function mark(
  kept: Uint8Array,
  labels: Int32Array,
  isKept: Uint8Array,
  { width }: Plane,
  { left, top, right, bottom }: Box,
): void {
  for (let y = top; y < bottom; y += 1) {
    let from = (y + 1) * (width + 2) + left + 1;
    for (let at = y * width + left; at < y * width + right; at += 1, from += 1) {
      kept[at] = isKept[labels[from]!]!;
    }
  }
}

interface Pieces {
  /** Of each pixel, with one empty pixel around everything: the number of its piece from 1 on, or 0 where there is no ink. */
  readonly labels: Int32Array;
  readonly pieces: readonly Piece[];
}

/** Connected pieces: each pixel has eight neighbours. */
function findPieces(loops: PlaneLoops, signal: Plane, threshold: number): Pieces {
  const { width, height, data } = signal;
  // The empty pixels around save every neighbour a check; -1 = ink without a number yet.
  const row = width + 2;
  const labels = loops.ints(row * (height + 2)).fill(0);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let to = (y + 1) * row + 1, end = to + width; to < end; to += 1, at += 1) {
      if (data[at]! > threshold) labels[to] = -1;
    }
  }
  const stack = loops.ints(width * height);
  const pieces: Piece[] = [];
  for (let start = row; start < labels.length - row; start += 1) {
    if (labels[start] === -1)
      pieces.push(fillPiece(signal, labels, start, pieces.length + 1, stack));
  }
  return { labels, pieces };
}

/** Gives all ink that hangs together with a pixel its number. */
function fillPiece(
  { width, height, data }: Plane,
  labels: Int32Array,
  start: number,
  label: number,
  stack: Int32Array,
): Piece {
  const row = width + 2;
  let [left, top, right, bottom] = [width, height, 0, 0];
  let mass = 0;
  labels[start] = label;
  stack[0] = start;
  for (let depth = 1; depth > 0;) {
    depth -= 1;
    const at = stack[depth]!;
    const y = Math.floor(at / row) - 1;
    const x = at - (y + 1) * row - 1;
    mass += data[y * width + x]!;
    if (x < left) left = x;
    if (y < top) top = y;
    if (x >= right) right = x + 1;
    if (y >= bottom) bottom = y + 1;
    for (let line = at - row; line <= at + row; line += row) {
      for (let next = line - 1; next <= line + 1; next += 1) {
        if (labels[next] !== -1) continue;
        labels[next] = label;
        stack[depth] = next;
        depth += 1;
      }
    }
  }
  const isAtEdge = left === 0 || top === 0 || right === width || bottom === height;
  const box = { left, top, right, bottom };
  return { label, mass, box, score: mass * (isAtEdge ? EDGE : 1) };
}

/** Nearly as wide as the image and flat: a line of the paper. Upright ones might be a 1. */
function isRuledLine({ box }: Piece, width: number, height: number): boolean {
  return box.right - box.left > 0.9 * width && box.bottom - box.top < 0.12 * height;
}

function isNear(box: Box, digit: Box): boolean {
  const reach = NEAR * Math.max(digit.right - digit.left, digit.bottom - digit.top);
  const gapX = Math.max(box.left - digit.right, digit.left - box.right);
  const gapY = Math.max(box.top - digit.bottom, digit.top - box.bottom);
  return Math.max(gapX, gapY) <= reach;
}
