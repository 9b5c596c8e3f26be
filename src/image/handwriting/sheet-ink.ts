import {
  CLOSE_STROKE,
  digitIn,
  median,
  PAGE_STROKE,
  prominence,
  type DigitInk,
} from './digit-ink.ts';
import { resample } from './plane.ts';
import type { Plane, PlaneLoops } from './plane-loops.ts';
import { bridged, sheetSignal } from './sheet/sheet-signal.ts';

/** Ink that stands out by so many times more is real where that of the other polarity stands out by so few grey levels. */
const SURE = 6;
const FAINT = 5;
/** How much a polarity counts all of whose ink might be paper between strokes of the other one. */
const UNREAL = 0.15;

/** The digit somewhere on a sheet, in the polarity that stands out and is no gap between strokes of the other. */
export function findOnSheet(loops: PlaneLoops, page: Plane): DigitInk {
  const digit = (isDark: boolean): DigitInk =>
    digitIn(loops, sheetSignal(loops, page, isDark, PAGE_STROKE), isDark, true);
  const half = halfOf(loops, page);
  const [realDark, realLight] = [realInk(loops, half, true), realInk(loops, half, false)];
  const [most, other] = [strongest(loops, realDark), strongest(loops, realLight)];
  if (other < FAINT && most > SURE * other) return digit(true);
  if (most < FAINT && other > SURE * most) return digit(false);
  const [dark, light] = [digit(true), digit(false)];
  const border = borderOf(loops, page);
  const [inDark, inLight] = [meanIn(realDark, dark, page), meanIn(realLight, light, page)];
  const all = Math.max(inDark, inLight, 1);
  const darkness = prominence(loops, page, dark, border) * (UNREAL + inDark / all);
  const lightness = prominence(loops, page, light, border) * (UNREAL + inLight / all);
  return darkness >= lightness ? dark : light;
}

function halfOf(loops: PlaneLoops, page: Plane): Plane {
  const { width, height } = page;
  const whole = { left: 0, top: 0, right: width, bottom: height };
  return resample(loops, page, whole, Math.ceil(width / 2), Math.ceil(height / 2));
}

/**
 * How far dark ink stands out when light strokes are taken away, and light ink without the dark ones: what lies between
 * strokes of the other kind goes with them.
 */
function realInk(loops: PlaneLoops, half: Plane, isDark: boolean): Plane {
  const reach = Math.floor(PAGE_STROKE * Math.max(half.width, half.height));
  const without = bridged(loops, half, !isDark, reach);
  const bare = bridged(loops, without, isDark, reach);
  loops.standOut(bare, without, isDark);
  return bare;
}

/** How far the hundredth of pixels that stands out most does, at least by rounding. */
function strongest(loops: PlaneLoops, { data }: Plane): number {
  const values = loops.floats(data.length);
  values.set(data);
  return Math.max(1, loops.valueAtRank(values, Math.floor(values.length * 0.99)) ?? 0);
}

/** The mean of a half plane where the ink of a digit is. */
function meanIn(real: Plane, { runs }: DigitInk, page: Plane): number {
  let sum = 0;
  let count = 0;
  for (let run = 0; run < runs.length; run += 3) {
    const y = Math.floor(runs[run]! / page.width);
    const from = runs[run]! - y * page.width;
    const until = runs[run + 1]! - y * page.width;
    for (let x = from; x < until; x += 1) sum += real.data[(y >> 1) * real.width + (x >> 1)]!;
    count += until - from;
  }
  return count === 0 ? 0 : sum / count;
}

/** The digit from close up: about half of the plane, and of known polarity. */
export function readOnSheet(loops: PlaneLoops, closeUp: Plane, isDark: boolean): DigitInk {
  return digitIn(loops, sheetSignal(loops, closeUp, isDark, CLOSE_STROKE), isDark, true);
}

/** Most of a page is paper. */
function borderOf(loops: PlaneLoops, { data }: Plane): number {
  const values = loops.floats(data.length);
  values.set(data);
  return median(loops, values) ?? 0;
}
