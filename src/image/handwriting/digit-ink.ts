import { findInk } from './find-ink.ts';
import { inkSignal } from './ink-signal.ts';
import type { OtherDigit } from './other-digits.ts';
import { BINS, splitOf } from './otsu.ts';
import { longerSide } from './plane.ts';
import type { Box, Plane, PlaneLoops, Runs } from './plane-loops.ts';

/** Where a soft edge begins, as a part of the threshold. */
const SOFT = 0.35;

/** The digit of one plane: which pixels are its ink, and how it stands out. */
export interface DigitInk {
  readonly isDark: boolean;
  readonly signal: Plane;
  readonly threshold: number;
  /** The ink of the digit. */
  readonly runs: Runs;
  /** Around the kept ink; undefined when there is none. */
  readonly box: Box | undefined;
  /** The signal of full strokes: the 75th percentile, as edges are fainter. */
  readonly full: number;
  /** Variance between ink and paper over all variance of the signal. */
  readonly separability: number;
  /** Other ink might be a digit, too. */
  readonly other: OtherDigit | undefined;
  /** All ink of what was left out within the box of the digit, as a part of its own. */
  readonly leftOut: number;
}

/** Half the window that bridges strokes, as a part of the longer side, on a page: strokes are thin there. */
export const PAGE_STROKE = 0.11;
/** The same from close up, where a thick pen with a filled loop covers more. */
export const CLOSE_STROKE = 0.2;

/**
 * The digit somewhere on a page, whose light is taken off it, in the polarity that stands out. What stands out between dark strokes as
 * light is only paper: it differs from the strokes beside it, not from the page farther off.
 */
export function findDigit(loops: PlaneLoops, page: Plane): DigitInk {
  loops.takeLight(page);
  const dark = digitOf(loops, page, true, PAGE_STROKE);
  const light = digitOf(loops, page, false, PAGE_STROKE);
  return prominence(loops, page, dark) >= prominence(loops, page, light) ? dark : light;
}

/** The digit from close up: about half of the plane, and of known polarity. */
export function readDigit(loops: PlaneLoops, closeUp: Plane, isDark: boolean): DigitInk {
  loops.takeLight(closeUp);
  return digitOf(loops, closeUp, isDark, CLOSE_STROKE);
}

/** 0 = paper, 1 = full ink, between them the soft edge, which ends one pixel off the kept ink. */
export function soften(loops: PlaneLoops, { signal, runs, threshold, full }: DigitInk): Plane {
  return loops.softenRuns(signal, runs, SOFT * threshold, full);
}

function digitOf(loops: PlaneLoops, level: Plane, isDark: boolean, bridge: number): DigitInk {
  return digitIn(loops, inkSignal(loops, level, isDark, bridge), isDark);
}

/** The digit in what stands out of a plane. Of a sheet the creases and the edges of shadows are known. */
export function digitIn(
  loops: PlaneLoops,
  signal: Plane,
  isDark: boolean,
  isSheet = false,
): DigitInk {
  // Differences below one grey level are rounding.
  const top = loops.largest(signal.data, 1);
  const counts = loops.countLevels(signal.data, BINS / top);
  const { threshold, separability } = splitOf(counts, signal.data.length, top);
  const { runs, box, other, leftOut } = findInk(loops, signal, threshold, isSheet);
  const ink = loops.takeRuns(signal, runs);
  const full = loops.valueAtRank(ink, Math.floor(ink.length * 0.75)) ?? 0;
  return { isDark, signal, threshold, runs, box, full, separability, other, leftOut };
}

/**
 * How far the ink lies from the page, towards the side it claims: from the page some way off its box,
 * and, with half the weight (it may lie in another light), from the border of the image, which is 0
 * without its light. The inside of a
 * thick 0 passes the first test but not the second.
 */
export function prominence(
  loops: PlaneLoops,
  level: Plane,
  { runs, box, isDark }: DigitInk,
  border = 0,
): number {
  if (!box) return 0;
  const side = longerSide(box);
  const [near, far] = [Math.floor(side * NEAR_BY) + 1, Math.ceil(side * FAR_OFF) - 1];
  // Without its light the border is 0. Where the digit fills the image there is no page farther off.
  const ink = median(loops, loops.takeRuns(level, runs)) ?? 0;
  const page = median(loops, loops.takeAround(level, runs, box, near, far)) ?? border;
  const difference = page - ink + (border - ink) / 2;
  return isDark ? difference : -difference;
}

/** From so far off its box, as a part of its longer side, and so far the page around a digit is looked at. */
const NEAR_BY = 0.25;
const FAR_OFF = 0.6;

export const median = (loops: PlaneLoops, values: Float32Array): number | undefined =>
  loops.valueAtRank(values, values.length >> 1);
