import { cellsOf } from './cells.ts';
import type { LevelPlane, Plane, PlaneLoops } from './plane-loops.ts';

/** A rectangle in pixels; right and bottom are just outside. Fractions are legal. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

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
  const rows = cellsOf(loops, plane.height, box.top, box.bottom, height);
  const columns = cellsOf(loops, plane.width, box.left, box.right, width);
  return loops.sumColumns(loops.sumLines(plane, rows, columns), rows, columns);
}
