import type { Cells } from './plane-loops.ts';

/**
 * `count` cells between `start` and `end` of an axis of `length` pixels. Shrinking averages areas: a cell is a box as wide as
 * it is. Enlarging interpolates linearly: a cell is a tent of two pixels around its centre.
 */
export function cellsOf(length: number, start: number, end: number, count: number): Cells {
  const step = (end - start) / count;
  const reach = step >= 1 ? step / 2 : 0.5;
  const from = new Int32Array(count);
  const starts = new Int32Array(count + 1);
  const share = new Float32Array(count * sharesFor(start, end, count));
  let first = 0;
  let last = 0;
  let at = 0;
  starts[0] = 0;
  for (let cell = 0; cell < count; cell += 1) {
    const centre = start + (cell + 0.5) * step;
    const low = clamp(Math.floor(centre - reach), 0, length - 1);
    last = clamp(Math.ceil(centre + reach) - 1, low, length - 1);
    let total = 0;
    for (let pixel = low; pixel <= last; pixel += 1) {
      total += overlapOf(pixel, centre, reach);
    }
    for (let pixel = low; pixel <= last; pixel += 1, at += 1) {
      const isSeen = total > 0;
      share[at] = isSeen ? overlapOf(pixel, centre, reach) / total : 1 / (last - low + 1);
    }
    if (cell === 0) first = low;
    from[cell] = low - first;
    starts[cell + 1] = at;
  }
  return { first, seen: last + 1 - first, from, start: starts, share };
}

function overlapOf(pixel: number, centre: number, reach: number): number {
  const overlap = Math.min(pixel + 1, centre + reach) - Math.max(pixel, centre - reach);
  return Math.max(0, overlap);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The most pixels that a cell has a share of. */
export function sharesFor(start: number, end: number, count: number): number {
  return Math.ceil(Math.max(1, (end - start) / count)) + 1;
}
