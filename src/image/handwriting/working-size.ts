import { longerSide, resample } from './plane.ts';
import type { Box, LevelPlane, Plane, PlaneLoops } from './plane-loops.ts';

/** Ink is looked for at this size: the longer side of the image, or of the part around the digit. */
export const WORK = 128;

/** A part of a page at the size at which ink is looked for, smoothed a little. */
export function atWorkingSize(loops: PlaneLoops, page: LevelPlane, part: Box): Plane {
  const scale = WORK / longerSide(part);
  const width = Math.max(1, Math.round((part.right - part.left) * scale));
  const height = Math.max(1, Math.round((part.bottom - part.top) * scale));
  const plane = resample(loops, page, part, width, height);
  loops.blur(plane);
  return plane;
}

/** The digit's box in the full image, with half its size as margin on every side. */
export function around(box: Box, small: Plane, full: LevelPlane): Box {
  const scaleX = full.width / small.width;
  const scaleY = full.height / small.height;
  const margin = longerSide(box) / 2 + 2;
  return {
    left: Math.max(0, (box.left - margin) * scaleX),
    top: Math.max(0, (box.top - margin) * scaleY),
    right: Math.min(full.width, (box.right + margin) * scaleX),
    bottom: Math.min(full.height, (box.bottom + margin) * scaleY),
  };
}
