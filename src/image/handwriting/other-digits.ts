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

/**
 * Whether some piece of ink stands clearly beside, above or below the heaviest one of a digit and is about as high: then the picture
 * holds another digit, or something that is as good as one. What reaches the edge of the picture is paper, a thumb or a frame.
 */
export function hasOtherDigit(
  pieces: readonly SeenPiece[],
  digit: SeenPiece,
  width: number,
  height: number,
): boolean {
  const high = heightOf(digit.box);
  if (high < LEAST) return false;
  return pieces.some(({ mass, box }) => {
    const tall = heightOf(box);
    if (tall < LEAST || tall < AS_HIGH * high || high < AS_HIGH * tall) return false;
    if (mass < AS_HEAVY * digit.mass || box.right - box.left > WIDEST * tall) return false;
    if (box.left === 0 || box.top === 0 || box.right === width || box.bottom === height)
      return false;
    const higher = Math.max(high, tall);
    const beside = Math.max(box.left - digit.box.right, digit.box.left - box.right);
    const above = Math.max(box.top - digit.box.bottom, digit.box.top - box.bottom);
    return beside >= BESIDE * higher || above >= ABOVE * higher;
  });
}

const heightOf = ({ top, bottom }: Box): number => bottom - top;
