import { resample } from './plane.ts';
import type { Box, Plane, PlaneLoops } from './plane-loops.ts';

/**
 * How much darker (or lighter) than the paper around it every pixel is; 0 on paper. What shadows leave of
 * the paper's level after the smooth light was taken off is found by bridging strokes: a grey closing for
 * dark ink, an opening for light ink, at half the size, because paper has no detail. `bridge` is half the
 * window, as a part of the longer side: what is thinner is ink, what is wider is another paper.
 */
export function inkSignal(loops: PlaneLoops, level: Plane, isDark: boolean, bridge: number): Plane {
  const { width, height } = level;
  const half = resample(loops, level, frameOf(level), Math.ceil(width / 2), Math.ceil(height / 2));
  const reach = Math.floor((bridge * Math.max(width, height)) / 2);
  loops.slide(half, reach, isDark ? 'maximum' : 'minimum');
  loops.slide(half, reach, isDark ? 'minimum' : 'maximum');
  loops.blur(half);
  const paper = resample(loops, half, frameOf(half), width, height);
  loops.standOut(paper, level, isDark);
  return paper;
}

function frameOf({ width, height }: Plane): Box {
  return { left: 0, top: 0, right: width, bottom: height };
}
