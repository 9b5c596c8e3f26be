import type { DigitInk } from '../digit-ink.ts';
import type { Plane, PlaneLoops } from '../plane-loops.ts';

/** So much ink that is left out within the box of a digit, as a part of the digit's own, is more than dust. */
const MARKS = 0.003;
/** A step as strong as the rim of ink: so much of what full ink differs from its paper, from one side of a pixel to the other. */
const STEP = 0.25;
/** Of the threshold of ink; what is fainter is none, but thin lines fade as a picture is shrunk. */
const FAINT = 0.6;
/** Steps this far off all ink are not its rim. */
const RIM = 3;
/** So many of all steps are the rim of no ink. */
const OFF_INK = 0.05;

/**
 * Whether what was read is a part of a photograph. On paper what is as dark as the ink is ink, and what is as steep as its rim is its
 * rim. Marks left out within the box of a digit may still be dust, and steps off all ink a shadow, a fold or the side of a page; in a
 * picture of things there are both: the eyes in a face, and its coat before the wall.
 *
 * Measured on drawn pictures that carried no other warning: of some 2300 digits in scenes of four levels and on pages of all kinds none
 * had both, nor of 260 in boxes, underlined, beside words or among specks as dark as they; steps alone were above their bound in at most 3 % of
 * digits, most of them beside folds and shadows. Of 49 photographs 30 had both, of 17 of other heads 15.
 */
export function isPhotograph(loops: PlaneLoops, plane: Plane, ink: DigitInk): boolean {
  return ink.leftOut > MARKS && stepsOffInk(loops, plane, ink) > OFF_INK;
}

/** Which part of the steps of a plane lies off all ink, that which was left out too. */
function stepsOffInk(
  loops: PlaneLoops,
  { width, height, data }: Plane,
  { signal, threshold, full }: DigitInk,
): number {
  const near = { width, height, data: loops.floats(data.length) };
  const least = FAINT * threshold;
  for (let at = 0; at < data.length; at += 1) near.data[at] = signal.data[at]! > least ? 1 : 0;
  loops.slide(near, RIM, 'maximum');
  const steep = (STEP * full) ** 2;
  let [steps, off] = [0, 0];
  for (let y = 1; y < height - 1; y += 1) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at += 1) {
      const across = data[at + 1]! - data[at - 1]!;
      const down = data[at + width]! - data[at - width]!;
      if (across * across + down * down <= steep) continue;
      steps += 1;
      if (near.data[at] === 0) off += 1;
    }
  }
  return steps === 0 ? 0 : off / steps;
}
