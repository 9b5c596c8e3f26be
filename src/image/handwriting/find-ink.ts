import type { Box } from './plane.ts';
import type { Plane } from './plane-loops.ts';

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

/**
 * Which pixels above the threshold belong to the digit: the heaviest connected piece and those near it.
 * Specks, ruled lines and what lies elsewhere are left out. 1 = kept, 0 = not.
 */
export function findInk(signal: Plane, threshold: number): Uint8Array {
  const { width, height } = signal;
  const labels = labelInk(signal, threshold);
  const pieces = piecesOf(signal, labels);
  const candidates = pieces.filter((piece) => !isRuledLine(piece, width, height));
  const digit = (candidates.length > 0 ? candidates : pieces).reduce<Piece | undefined>(
    (best, piece) => (best && best.score >= piece.score ? best : piece),
    undefined,
  );
  const isKept = new Uint8Array(pieces.length + 1);
  if (digit) {
    for (const piece of candidates) {
      if (piece.mass > SPECK * digit.mass && isNear(piece.box, digit.box)) isKept[piece.label] = 1;
    }
    isKept[digit.label] = 1;
  }
  const kept = new Uint8Array(labels.length);
  for (let at = 0; at < labels.length; at += 1) kept[at] = isKept[labels[at]!]!;
  return kept;
}

/** Connected pieces (8 neighbours) numbered from 1 on, 0 where there is no ink. */
function labelInk(signal: Plane, threshold: number): Int32Array {
  const { width, height, data } = signal;
  // One empty pixel around everything, so that no neighbour needs a check; -1 = ink without a number yet.
  const row = width + 2;
  const padded = new Int32Array(row * (height + 2));
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (data[at]! > threshold) padded[(y + 1) * row + x + 1] = -1;
    }
  }
  const neighbours = [-row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1];
  const stack = new Int32Array(width * height);
  let label = 0;
  for (let start = 0; start < padded.length; start += 1) {
    if (padded[start] !== -1) continue;
    label += 1;
    padded[start] = label;
    stack[0] = start;
    for (let depth = 1; depth > 0;) {
      depth -= 1;
      const at = stack[depth]!;
      for (const step of neighbours) {
        if (padded[at + step] !== -1) continue;
        padded[at + step] = label;
        stack[depth] = at + step;
        depth += 1;
      }
    }
  }
  const labels = new Int32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    labels.set(padded.subarray((y + 1) * row + 1, (y + 1) * row + 1 + width), y * width);
  }
  return labels;
}

function piecesOf({ width, height, data }: Plane, labels: Int32Array): Piece[] {
  const count = labels.reduce((most, label) => Math.max(most, label), 0);
  const boxes = Array.from({ length: count }, () => [width, height, 0, 0]);
  const masses = new Float64Array(count);
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at]!;
    if (label === 0) continue;
    const box = boxes[label - 1]!;
    const x = at % width;
    const y = (at - x) / width;
    masses[label - 1]! += data[at]!;
    if (x < box[0]!) box[0] = x;
    if (y < box[1]!) box[1] = y;
    if (x >= box[2]!) box[2] = x + 1;
    box[3] = y + 1;
  }
  return boxes.map(([left = 0, top = 0, right = 0, bottom = 0], i) => {
    const isAtEdge = left === 0 || top === 0 || right === width || bottom === height;
    const mass = masses[i]!;
    const score = mass * (isAtEdge ? EDGE : 1);
    return { label: i + 1, mass, box: { left, top, right, bottom }, score };
  });
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
