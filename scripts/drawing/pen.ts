import type { Random } from '../../src/random.ts';
import { writeStrokes, type Canvas, type PenHand } from '../../src/training/outliers/pen.ts';
import { skeletons } from './skeletons.ts';

/** How a digit is written; drawn at random, or given where a particular look is wanted. */
export interface Hand extends PenHand {
  readonly variant: number;
}

export function drawHand(random: Random, digit: number): Hand {
  return {
    variant: random.integer(skeletons[digit]!.length),
    thickness: 0.08 + random.next() * 0.12,
    slant: random.normal() * 0.22 + 0.2,
    turn: random.normal() * 0.09,
    aspect: 0.55 + random.next() * 0.5,
    tremor: 0.012 + random.next() * 0.035,
  };
}

/** Ink of one digit on a square canvas; `box` is the digit's height in pixels, centred. */
export function writeDigit(
  random: Random,
  digit: number,
  hand: Hand,
  size: number,
  box: number,
): Canvas {
  const strokes = skeletons[digit]![hand.variant % skeletons[digit]!.length]!;
  return writeStrokes(random, strokes, hand, size, box);
}
