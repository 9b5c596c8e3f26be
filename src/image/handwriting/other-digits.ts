import type { Box } from './plane-loops.ts';

/** Ink that hangs together, on a plane of some size. */
interface SeenPiece {
  /** All its ink: area times how far it stands out. */
  readonly mass: number;
  readonly box: Box;
}

/** Of another digit the height, and the ink, are at least this part of those of the one that is read; nor is it so much higher. */
const AS_HIGH = 0.55;
const AS_HEAVY = 0.22;
/** What is lower than so many pixels is a speck. */
const LEAST = 6;
/** A digit is never so many times wider than high. */
const WIDEST = 2.2;
/** So far apart two digits are at least, as a part of the height of the higher one: strokes of one that do not touch are nearer. */
const BESIDE = 0.1;
const ABOVE = 0.85;

/** Nearer ones, up to so far one over the other, may be strokes of one digit: whoever sees them as one picture can tell. */
const OVER = 0.3;
/** Their middles are at least so far apart, as a part of that height. */
const MIDDLES = 0.35;
/** One piece that is so many times wider than high may be two digits that touch. */
const WIDE = 1.05;

/** How sure it is that a picture holds another digit: it stands apart, or it may be one that is beside. */
export type OtherDigit = 'apart' | 'beside';

/**
 * Whether some piece of ink stands clearly beside, above or below the heaviest one of a digit and is about as high: then the picture
 * holds another digit, or something that is as good as one. What reaches the edge of the picture is paper, a thumb or a frame.
 */
export function otherDigit(
  pieces: readonly SeenPiece[],
  digit: SeenPiece,
  width: number,
  height: number,
): OtherDigit | undefined {
  const high = heightOf(digit.box);
  if (high < LEAST) return undefined;
  const reachesEdge = ({ left, top, right, bottom }: Box): boolean =>
    left === 0 || top === 0 || right === width || bottom === height;
  const isWide = widthOf(digit.box) >= WIDE * high && !reachesEdge(digit.box);
  let best: OtherDigit | undefined = isWide ? 'beside' : undefined;
  for (const { mass, box } of pieces) {
    const tall = heightOf(box);
    if (box === digit.box || tall < LEAST || reachesEdge(box)) continue;
    if (tall < AS_HIGH * high || high < AS_HIGH * tall) continue;
    if (mass < AS_HEAVY * digit.mass || widthOf(box) > WIDEST * tall) continue;
    const higher = Math.max(high, tall);
    const beside = Math.max(box.left - digit.box.right, digit.box.left - box.right);
    const above = Math.max(box.top - digit.box.bottom, digit.box.top - box.bottom);
    if (beside >= BESIDE * higher || above >= ABOVE * higher) return 'apart';
    const middles = Math.abs(box.left + box.right - digit.box.left - digit.box.right) / 2;
    if (beside >= -OVER * higher && middles >= MIDDLES * higher) best = 'beside';
  }
  return best;
}

/** The surer of two. */
export const surerOf = (
  one: OtherDigit | undefined,
  other: OtherDigit | undefined,
): OtherDigit | undefined => (one === 'apart' ? one : (other ?? one));

const heightOf = ({ top, bottom }: Box): number => bottom - top;
const widthOf = ({ left, right }: Box): number => right - left;
