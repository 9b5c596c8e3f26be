/** One channel of real numbers, row by row: what the steps of canonicalisation work on. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

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
export function resample(plane: Plane, box: Box, width: number, height: number): Plane {
  const columns = weights(plane.width, box.left, box.right, width);
  const rows = weights(plane.height, box.top, box.bottom, height);
  const across = new Float32Array(width * plane.height);
  for (let y = 0; y < plane.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const { from, share } = columns[x]!;
      let sum = 0;
      for (let i = 0; i < share.length; i += 1) {
        sum += plane.data[y * plane.width + from + i]! * share[i]!;
      }
      across[y * width + x] = sum;
    }
  }
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const { from, share } = rows[y]!;
    for (let i = 0; i < share.length; i += 1) {
      for (let x = 0; x < width; x += 1) {
        data[y * width + x]! += across[(from + i) * width + x]! * share[i]!;
      }
    }
  }
  return { width, height, data };
}

interface Weights {
  readonly from: number;
  readonly share: Float32Array;
}

/** For each of `count` cells between `start` and `end`: which source pixels it sees, and how much of each. */
function weights(length: number, start: number, end: number, count: number): Weights[] {
  const step = (end - start) / count;
  // A tent as wide as two source pixels when enlarging, a box as wide as the cell when shrinking.
  const isShrinking = step >= 1;
  return Array.from({ length: count }, (_, cell) => {
    const centre = start + (cell + 0.5) * step;
    const reach = isShrinking ? step / 2 : 1;
    const low = isShrinking ? centre - reach : centre - 0.5 - reach;
    const from = clamp(Math.floor(isShrinking ? low : low + 1), 0, length - 1);
    const to = clamp(Math.ceil(centre + reach - (isShrinking ? 0 : 0.5)) - 1, from, length - 1);
    const share = new Float32Array(to - from + 1);
    let total = 0;
    for (let i = 0; i < share.length; i += 1) {
      const at = from + i;
      const weight = isShrinking
        ? Math.min(at + 1, centre + reach) - Math.max(at, centre - reach)
        : 1 - Math.abs(at + 0.5 - centre);
      share[i] = Math.max(0, weight);
      total += share[i]!;
    }
    if (total > 0) for (let i = 0; i < share.length; i += 1) share[i]! /= total;
    else share[0] = 1;
    return { from, share };
  });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Binomial smoothing (1-2-1 in both directions), `times` over; the border repeats itself. */
export function blur(plane: Plane, times: number): Plane {
  const { width, height } = plane;
  let data = plane.data;
  for (let i = 0; i < times; i += 1) {
    const across = new Float32Array(data.length);
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 1) {
        const left = data[x > 0 ? at - 1 : at]!;
        const right = data[x < width - 1 ? at + 1 : at]!;
        across[at] = (left + 2 * data[at]! + right) / 4;
      }
    }
    data = new Float32Array(across.length);
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 1) {
        const above = across[y > 0 ? at - width : at]!;
        const below = across[y < height - 1 ? at + width : at]!;
        data[at] = (above + 2 * across[at]! + below) / 4;
      }
    }
  }
  return { width, height, data };
}
