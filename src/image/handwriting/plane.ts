import type { Box, LevelPlane, Plane, PlaneLoops } from './plane-loops.ts';

export const longerSide = (box: Box): number =>
  Math.max(box.right - box.left, box.bottom - box.top);

/**
 * The part of a plane inside `box`, at another size. Shrinking averages areas, so thin strokes fade but
 * never vanish; enlarging interpolates linearly between pixel centres.
 */
export function resample(
  loops: PlaneLoops,
  plane: LevelPlane,
  box: Box,
  width: number,
  height: number,
): Plane {
  const rows = loops.cells(plane.height, box.top, box.bottom, height);
  const columns = loops.cells(plane.width, box.left, box.right, width);
  return loops.sumColumns(loops.sumLines(plane, rows, columns), rows, columns);
}
