import { findInk } from './find-ink.ts';
import { inkSignal } from './ink-signal.ts';
import { BINS, splitOf } from './otsu.ts';
import { flattenIllumination } from './paper-surface.ts';
import { longerSide, type Box } from './plane.ts';
import type { Plane, PlaneLoops } from './plane-loops.ts';
import { valueAtRank } from './rank.ts';

/** Where a soft edge begins, as a part of the threshold. */
const SOFT = 0.35;

/** The digit of one plane: which pixels are its ink, and how it stands out. */
export interface DigitInk {
  readonly isDark: boolean;
  readonly signal: Plane;
  readonly threshold: number;
  /** 1 = ink of the digit. */
  readonly kept: Uint8Array;
  /** Around the kept ink; undefined when there is none. */
  readonly box: Box | undefined;
  /** The signal of full strokes: the 75th percentile, as edges are fainter. */
  readonly full: number;
  /** Variance between ink and paper over all variance of the signal. */
  readonly separability: number;
}

/** Half the window that bridges strokes, as a part of the longer side, on a page: strokes are thin there. */
const PAGE_STROKE = 0.11;
/** The same from close up, where a thick pen with a filled loop covers more. */
const CLOSE_STROKE = 0.2;

/**
 * The digit somewhere on a page, whose light is taken off it, in the polarity that stands out. What stands out between dark strokes as
 * light is only paper: it differs from the strokes beside it, not from the page farther off.
 */
export function findDigit(loops: PlaneLoops, page: Plane): DigitInk {
  flattenIllumination(loops, page);
  const dark = digitOf(loops, page, true, PAGE_STROKE);
  const light = digitOf(loops, page, false, PAGE_STROKE);
  return prominence(loops, page, dark) >= prominence(loops, page, light) ? dark : light;
}

/** The digit from close up: about half of the plane, and of known polarity. */
export function readDigit(loops: PlaneLoops, closeUp: Plane, isDark: boolean): DigitInk {
  flattenIllumination(loops, closeUp);
  return digitOf(loops, closeUp, isDark, CLOSE_STROKE);
}

/** 0 = paper, 1 = full ink, between them the soft edge, which ends one pixel off the kept ink. */
export function soften(loops: PlaneLoops, digit: DigitInk): Plane {
  const { signal, kept, threshold, full } = digit;
  const { width, height } = signal;
  const faint = SOFT * threshold;
  const data = loops.floats(signal.data.length).fill(0);
  for (let at = kept.indexOf(1); at >= 0; at = kept.indexOf(1, at + 1)) {
    const x = at % width;
    const y = (at - x) / width;
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
        const next = v * width + u;
        const ink = (signal.data[next]! - faint) / (full - faint);
        data[next] = Math.min(1, Math.max(0, ink));
      }
    }
  }
  return { width, height, data };
}

function digitOf(loops: PlaneLoops, level: Plane, isDark: boolean, bridge: number): DigitInk {
  const signal = inkSignal(loops, level, isDark, bridge);
  // Differences below one grey level are rounding.
  const top = loops.largest(signal.data, 1);
  const counts = loops.countLevels(signal.data, BINS / top);
  const { threshold, separability } = splitOf(counts, signal.data.length, top);
  const { kept, box } = findInk(loops, signal, threshold);
  const ink = inkOf(loops, signal, kept, box);
  const full = valueAtRank(ink, Math.floor(ink.length * 0.75)) ?? 0;
  return { isDark, signal, threshold, kept, box, full, separability };
}

/** The values of the kept pixels, all of which lie in the box. */
function inkOf(
  loops: PlaneLoops,
  { width, data }: Plane,
  kept: Uint8Array,
  box: Box | undefined,
): Float32Array {
  const { left, top, right, bottom } = box ?? { left: 0, top: 0, right: 0, bottom: 0 };
  const ink = loops.floats((right - left) * (bottom - top));
  let count = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let at = y * width + left; at < y * width + right; at += 1) {
      if (kept[at] === 0) continue;
      ink[count] = data[at]!;
      count += 1;
    }
  }
  return ink.subarray(0, count);
}

/**
 * How far the ink lies from the page, towards the side it claims: from the page some way off its box,
 * and, with half the weight (it may lie in another light), from the border of the image. The inside of a
 * thick 0 passes the first test but not the second.
 */
function prominence(loops: PlaneLoops, level: Plane, digit: DigitInk): number {
  const { kept, box, isDark } = digit;
  if (!box) return 0;
  const side = longerSide(box);
  const { left, top, right, bottom } = seenAround(box, side * FAR_OFF, level);
  const [inside, outside] = [loops.floats(kept.length), loops.floats(kept.length)];
  let [insideCount, outsideCount] = [0, 0];
  for (let y = top; y < bottom; y += 1) {
    const offY = Math.max(box.top - y, y + 1 - box.bottom);
    for (let x = left, at = y * level.width + left; x < right; x += 1, at += 1) {
      if (kept[at] === 1) {
        inside[insideCount] = level.data[at]!;
        insideCount += 1;
        continue;
      }
      const off = Math.max(box.left - x, x + 1 - box.right, offY);
      if (at % 3 !== 0 || off <= side * 0.25 || off >= side * FAR_OFF) continue;
      outside[outsideCount] = level.data[at]!;
      outsideCount += 1;
    }
  }
  // Without its light the border is 0. Where the digit fills the image there is no page farther off.
  const ink = median(inside.subarray(0, insideCount)) ?? 0;
  const page = median(outside.subarray(0, outsideCount)) ?? 0;
  const difference = page - ink + (0 - ink) / 2;
  return isDark ? difference : -difference;
}

/** So far off its box, as a part of its longer side, the page around a digit is looked at. */
const FAR_OFF = 0.6;

/** All that lies less than `reach` off a box. */
function seenAround(box: Box, reach: number, { width, height }: Plane): Box {
  return {
    left: Math.max(0, Math.floor(box.left - reach)),
    top: Math.max(0, Math.floor(box.top - reach)),
    right: Math.min(width, Math.ceil(box.right + reach)),
    bottom: Math.min(height, Math.ceil(box.bottom + reach)),
  };
}

const median = (values: Float32Array): number | undefined =>
  valueAtRank(values, values.length >> 1);
