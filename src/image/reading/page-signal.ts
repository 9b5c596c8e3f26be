import { inkSignal } from '../handwriting/ink-signal.ts';
import { BINS, splitOf } from '../handwriting/otsu.ts';
import { resample } from '../handwriting/plane.ts';
import type { Box, LevelPlane, Plane, PlaneLoops } from '../handwriting/plane-loops.ts';

/** The ink of a page or of a part of it: how far every pixel stands out, and from where on that is ink. */
export interface PageInk {
  readonly isDark: boolean;
  readonly signal: Plane;
  readonly threshold: number;
  /** Variance between ink and paper over all variance of the signal. */
  readonly separability: number;
}

/** A part of a page at another size, smoothed a little. */
export function partOf(loops: PlaneLoops, page: LevelPlane, part: Box, scale: number): Plane {
  const width = Math.max(1, Math.round((part.right - part.left) * scale));
  const height = Math.max(1, Math.round((part.bottom - part.top) * scale));
  const plane = resample(loops, page, part, width, height);
  loops.blur(plane);
  return plane;
}

/** The ink of either polarity: the one whose strokes lie farther from the paper, which is 0 once its light is taken off. */
export function inkOfPage(loops: PlaneLoops, plane: Plane, reach: number): PageInk {
  loops.takeLight(plane);
  const dark = inkOf(loops, plane, true, reach);
  const light = inkOf(loops, plane, false, reach);
  return depthOf(plane, dark) >= depthOf(plane, light) ? dark : light;
}

/** The ink of known polarity. `reach` is half the window that bridges strokes, in pixels. */
export function inkOf(loops: PlaneLoops, level: Plane, isDark: boolean, reach: number): PageInk {
  const longer = Math.max(level.width, level.height);
  const signal = inkSignal(loops, level, isDark, reach / longer);
  // Differences below one grey level are rounding.
  const top = loops.largest(signal.data, 1);
  const counts = loops.countLevels(signal.data, BINS / top);
  const { threshold, separability } = splitOf(counts, signal.data.length, top);
  return { isDark, signal, threshold, separability };
}

/** How far the ink lies from the paper, on the side that it claims. What lies between strokes of the other polarity is only paper. */
function depthOf({ data }: Plane, { signal, threshold, isDark }: PageInk): number {
  let [sum, count] = [0, 0];
  for (let at = 0; at < data.length; at += 1) {
    if (!(signal.data[at]! > threshold)) continue;
    sum += data[at]!;
    count += 1;
  }
  return count === 0 ? 0 : (isDark ? -sum : sum) / count;
}
