import type { Box } from '../handwriting/plane-loops.ts';
import type { InkMap, Piece } from './ink-map.ts';
import { HIGH } from './line-ink.ts';

/** What stands between digits and is none. */
export const signs = ['.', ',', '-', '/'] as const;
export type Sign = (typeof signs)[number];

export interface SignPiece {
  readonly sign: Sign;
  readonly piece: Piece;
}

/** Pieces lower than this, as a part of the height of digits, may be signs; digits are higher. */
const SMALL = 0.42;

/** A slash reaches at least so far below the digits beside it, and is nowhere wider than that, as parts of their height. */
const BELOW = 0.02;
const BROAD = 0.32;

/**
 * Signs by their shape and where they stand, told from the digits beside them:
 *
 * - `.` is a spot at their foot, `,` one that is higher than wide and reaches below it.
 * - `-` is a level stroke at half of their height with nothing above or below it.
 * - `/` is a straight thin stroke between digits that leans to the right, is higher than they are and reaches below them.
 */
export function findSigns(map: InkMap, pieces: readonly Piece[]): SignPiece[] {
  const tall = pieces.filter(({ box }) => heightOf(box) >= SMALL * HIGH);
  return pieces.flatMap((piece) => {
    const sign =
      heightOf(piece.box) < SMALL * HIGH ? smallSign(piece, tall) : slash(map, piece, tall);
    return sign ? [{ sign, piece }] : [];
  });
}

const heightOf = ({ top, bottom }: Box): number => bottom - top;
const widthOf = ({ left, right }: Box): number => right - left;
const middleOf = ({ left, right }: Box): number => (left + right) / 2;

function smallSign({ box }: Piece, tall: readonly Piece[]): Sign | undefined {
  const beside = besideOf(box, tall);
  if (!beside) return undefined;
  const [wide, high] = [widthOf(box) / HIGH, heightOf(box) / HIGH];
  const reach = beside.bottom - beside.top;
  const middle = ((box.top + box.bottom) / 2 - beside.top) / reach;
  const foot = (box.bottom - beside.bottom) / reach;
  if (wide <= 0.34 && middle >= 0.72) {
    return high >= 1.35 * wide && foot >= 0.04 ? ',' : foot >= 0.14 ? ',' : '.';
  }
  const isAlone = tall.every(({ box: other }) => sharedWidth(box, other) < 0.35 * widthOf(box));
  const isLevel = wide >= 0.17 && wide >= 1.35 * high && middle >= 0.22 && middle <= 0.76;
  return isAlone && isLevel ? '-' : undefined;
}

function slash(map: InkMap, { id, box }: Piece, tall: readonly Piece[]): Sign | undefined {
  const others = tall.filter((piece) => piece.id !== id).map((piece) => heightOf(piece.box));
  const usual = others.sort((one, other) => one - other)[others.length >> 1] ?? Infinity;
  if (heightOf(box) < 1.12 * usual || widthOf(box) < 0.16 * heightOf(box)) return undefined;
  const digits = tall.filter((piece) => piece.id !== id);
  const [isAfter, isBefore] = [
    digits.some((piece) => middleOf(piece.box) < middleOf(box)),
    digits.some((piece) => middleOf(piece.box) > middleOf(box)),
  ];
  if (!isAfter || !isBefore) return undefined;
  // A 1 may lean as far and be as high, but it stands on the line.
  const beside = besideOf(box, digits);
  if (beside && box.bottom - beside.bottom < BELOW * HIGH) return undefined;
  const { lean, stray, broad } = lineThrough(map, id, box);
  return lean <= -0.14 && stray <= 0.05 * HIGH && broad <= BROAD * HIGH ? '/' : undefined;
}

/** How far the middles of a piece's rows move to the right with each row, how far they stray from that line, and how wide the widest is. */
function lineThrough(
  map: InkMap,
  id: number,
  box: Box,
): { lean: number; stray: number; broad: number } {
  let [n, sy, sx, syy, sxy, sxx] = [0, 0, 0, 0, 0, 0];
  let broad = 0;
  for (let y = box.top; y < box.bottom; y += 1) {
    let [mass, moment, first] = [0, 0, -1];
    for (let x = box.left; x < box.right; x += 1) {
      if (map.piece[y * map.width + x] !== id) continue;
      if (first < 0) first = x;
      broad = Math.max(broad, x + 1 - first);
      mass += 1;
      moment += x;
    }
    if (mass === 0) continue;
    const x = moment / mass;
    n += 1;
    sy += y;
    sx += x;
    syy += y * y;
    sxy += x * y;
    sxx += x * x;
  }
  const spread = n * syy - sy * sy;
  const lean = spread > 0 ? (n * sxy - sx * sy) / spread : 0;
  const rest = (sxx - (sx * sx) / n - lean * (sxy - (sx * sy) / n)) / n;
  return { lean, stray: Math.sqrt(Math.max(0, rest)), broad };
}

/** From where to where digits reach at this place of the line, which may rise or fall. */
function besideOf(box: Box, tall: readonly Piece[]): { top: number; bottom: number } | undefined {
  const sorted = [...tall].sort((one, other) => apart(one.box, box) - apart(other.box, box));
  const [first, second] = sorted;
  if (!first || apart(first.box, box) > 1.2 * HIGH) return undefined;
  const isBetween =
    second &&
    apart(second.box, box) <= 1.2 * HIGH &&
    middleOf(first.box) < middleOf(box) !== middleOf(second.box) < middleOf(box);
  if (!isBetween) return first.box;
  const [a, b] = [
    Math.abs(middleOf(first.box) - middleOf(box)),
    Math.abs(middleOf(second.box) - middleOf(box)),
  ];
  const share = a + b > 0 ? a / (a + b) : 0.5;
  const mix = (one: number, other: number): number => one * (1 - share) + other * share;
  return {
    top: mix(first.box.top, second.box.top),
    bottom: mix(first.box.bottom, second.box.bottom),
  };
}

const apart = (one: Box, other: Box): number =>
  Math.max(0, one.left - other.right, other.left - one.right);

const sharedWidth = (one: Box, other: Box): number =>
  Math.max(0, Math.min(one.right, other.right) - Math.max(one.left, other.left));
