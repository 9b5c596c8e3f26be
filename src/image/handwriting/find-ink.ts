import type { Box, Plane } from './plane.ts';

/** Smaller pieces than this part of the largest are specks. */
const SPECK = 0.06;
/** A piece counts as near when its gap to the largest is below this part of the largest's longer side. */
const NEAR = 0.5;
/** How much a piece at the image's edge counts: it is more likely a shadow, a thumb or a frame. */
const EDGE = 0.3;

interface Piece {
  readonly label: number;
  readonly area: number;
  readonly box: Box;
  readonly score: number;
}

/**
 * Which pixels above the threshold belong to the digit: the largest connected piece and those near it.
 * Specks, ruled lines and what lies elsewhere are left out. 1 = kept, 0 = not.
 */
export function findInk(signal: Plane, threshold: number): Uint8Array {
  const { width, height } = signal;
  const labels = new Int32Array(signal.data.length);
  const pieces: Piece[] = [];
  for (let at = 0; at < labels.length; at += 1) {
    if (labels[at] !== 0 || signal.data[at]! <= threshold) continue;
    pieces.push(fillPiece(signal, threshold, labels, at, pieces.length + 1));
  }
  const candidates = pieces.filter((piece) => !isRuledLine(piece, width, height));
  const digit = (candidates.length > 0 ? candidates : pieces).reduce<Piece | undefined>(
    (best, piece) => (best && best.score >= piece.score ? best : piece),
    undefined,
  );
  const isKept = new Uint8Array(pieces.length + 1);
  if (digit) {
    for (const piece of candidates) {
      if (piece.area > SPECK * digit.area && isNear(piece.box, digit.box)) isKept[piece.label] = 1;
    }
    isKept[digit.label] = 1;
  }
  return Uint8Array.from(labels, (label) => isKept[label]!);
}

/** Labels one connected piece (8 neighbours) by flooding from `start`. */
function fillPiece(
  signal: Plane,
  threshold: number,
  labels: Int32Array,
  start: number,
  label: number,
): Piece {
  const { width, height, data } = signal;
  const stack = [start];
  labels[start] = label;
  let area = 0;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const x = at % width;
    const y = (at - x) / width;
    area += 1;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
        const next = v * width + u;
        if (labels[next] !== 0 || data[next]! <= threshold) continue;
        labels[next] = label;
        stack.push(next);
      }
    }
  }
  const isAtEdge = left === 0 || top === 0 || right === width || bottom === height;
  const box = { left, top, right, bottom };
  return { label, area, box, score: area * (isAtEdge ? EDGE : 1) };
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
