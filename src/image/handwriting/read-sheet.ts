import { intoFrame, type CanonicalDigit } from './into-frame.ts';
import type { DigitInk } from './digit-ink.ts';
import { surerOf } from './other-digits.ts';
import type { LevelPlane, Plane, PlaneLoops } from './plane-loops.ts';
import { findOnSheet, readOnSheet } from './sheet-ink.ts';
import { findSheet } from './sheet/find-sheet.ts';
import { isPhotograph } from './sheet/is-photograph.ts';
import { padTight } from './sheet/pad-tight.ts';
import { around, atWorkingSize } from './working-size.ts';

/** The digit on the page that is found in a picture; where that cuts it, or there is no clear page, in the whole picture. */
export function readSheet(loops: PlaneLoops, picture: LevelPlane): CanonicalDigit {
  const sheet = findSheet(loops, picture);
  if (!sheet.isWhole) {
    const small = wholeOf(loops, sheet.plane);
    const found = findOnSheet(loops, small);
    if (isInside(found, small)) return closeUpOf(loops, sheet.plane, small, found);
  }
  const page = padTight(loops, picture) ?? picture;
  const small = wholeOf(loops, page);
  return closeUpOf(loops, page, small, findOnSheet(loops, small));
}

function wholeOf(loops: PlaneLoops, page: LevelPlane): Plane {
  const { width, height } = page;
  return atWorkingSize(loops, page, { left: 0, top: 0, right: width, bottom: height });
}

/** Whether there is a digit that reaches no side. */
function isInside({ box }: DigitInk, { width, height }: Plane): boolean {
  if (!box) return false;
  return box.left > 1 && box.top > 1 && box.right < width - 1 && box.bottom < height - 1;
}

function closeUpOf(
  loops: PlaneLoops,
  page: LevelPlane,
  small: Plane,
  found: DigitInk,
): CanonicalDigit {
  if (!found.box) return intoFrame(found, loops);
  const closeUp = atWorkingSize(loops, page, around(found.box, small, page));
  const closer = readOnSheet(loops, closeUp, found.isDark);
  const [read, plane] = closer.box ? [closer, closeUp] : [found, small];
  const digit = intoFrame(read, loops, surerOf(found.other, closer.other));
  return isPhotograph(loops, plane, read) ? { ...digit, isPhotograph: true } : digit;
}
