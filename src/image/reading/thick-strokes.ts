import type { AtomMap } from './atoms.ts';
import type { Candidate } from './candidates.ts';
import type { InkMap } from './ink-map.ts';
import { HIGH } from './line-ink.ts';

/** How far every pixel of ink is from what is none, in pixels; a plane with an edge of one pixel around it. */
export interface Depths {
  readonly width: number;
  readonly data: Float32Array;
}

const ASIDE = Math.SQRT2;

/** In two passes, by steps to the side and aslant (G. Borgefors, "Distance transformations in digital images", 1986). */
export function depthsOf(
  width: number,
  height: number,
  isInk: (x: number, y: number) => boolean,
): Depths {
  const wide = width + 2;
  const data = new Float32Array(wide * (height + 2));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, at = (y + 1) * wide + 1; x < width; x += 1, at += 1) {
      if (!isInk(x, y)) continue;
      data[at] = Math.min(
        data[at - 1]! + 1,
        data[at - wide]! + 1,
        data[at - wide - 1]! + ASIDE,
        data[at - wide + 1]! + ASIDE,
      );
    }
  }
  for (let y = height; y > 0; y -= 1) {
    for (let x = width, at = y * wide + x; x > 0; x -= 1, at -= 1) {
      if (data[at] === 0) continue;
      data[at] = Math.min(
        data[at]!,
        data[at + 1]! + 1,
        data[at + wide]! + 1,
        data[at + wide + 1]! + ASIDE,
        data[at + wide - 1]! + ASIDE,
      );
    }
  }
  return { width: wide, data };
}

/** Half of how thick most strokes of a line are, in pixels: the median along the middle of its strokes. */
export function typicalDepth({ width, height, piece }: InkMap): number {
  const { width: wide, data } = depthsOf(width, height, (x, y) => piece[y * width + x] !== 0);
  const middles = data.filter(
    (depth, at) =>
      depth > 0 &&
      depth >= data[at - 1]! &&
      depth >= data[at + 1]! &&
      depth >= data[at - wide]! &&
      depth >= data[at + wide]!,
  );
  return middles.sort()[middles.length >> 1] ?? 1;
}

/** Ink that lies deeper than strokes of its line do, by this factor, is of a blot or of strokes that lie against each other. */
const DEEPER = 1.4;

/** Says of candidates of a line how much ink they have in strokes that are thicker than its strokes are: 1 is as much as a stroke as high as a digit. */
export function thickStrokesOf(map: InkMap, { atom }: AtomMap): (candidate: Candidate) => number {
  const usual = typicalDepth(map);
  return ({ atoms, box: { left, top, right, bottom } }) => {
    const ids = new Set(atoms.map(({ id }) => id));
    const isOwn = (x: number, y: number): boolean =>
      ids.has(atom[(top + y) * map.width + left + x]!);
    const depths = depthsOf(right - left, bottom - top, isOwn);
    let deep = 0;
    for (const depth of depths.data) if (depth > DEEPER * usual) deep += 1;
    return deep / (2 * usual * HIGH);
  };
}
