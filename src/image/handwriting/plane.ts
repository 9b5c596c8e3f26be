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
  const columns = cells(plane.width, box.left, box.right, width);
  const rows = cells(plane.height, box.top, box.bottom, height);
  const across = new Float32Array(width * plane.height);
  for (let y = rows.first; y < rows.end; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      let from = y * plane.width + columns.from[x]!;
      for (let i = columns.start[x]!; i < columns.start[x + 1]!; i += 1, from += 1) {
        sum += plane.data[from]! * columns.share[i]!;
      }
      across[y * width + x] = sum;
    }
  }
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    let from = rows.from[y]! * width;
    for (let i = rows.start[y]!; i < rows.start[y + 1]!; i += 1, from += width) {
      const share = rows.share[i]!;
      for (let x = 0, to = y * width; x < width; x += 1, to += 1) {
        data[to]! += across[from + x]! * share;
      }
    }
  }
  return { width, height, data };
}

/** For each cell of one axis: its first source pixel, and the shares of that one and those behind it. */
interface Cells {
  readonly from: Int32Array;
  /** Where a cell's shares begin; the next cell's start ends them. */
  readonly start: Int32Array;
  readonly share: number[];
  /** The source pixels that are seen at all. */
  readonly first: number;
  readonly end: number;
}

/** `count` cells between `start` and `end` of an axis of `length` pixels. */
function cells(length: number, start: number, end: number, count: number): Cells {
  const step = (end - start) / count;
  const from = new Int32Array(count);
  const starts = new Int32Array(count + 1);
  const share: number[] = [];
  let last = 0;
  for (let cell = 0; cell < count; cell += 1) {
    const centre = start + (cell + 0.5) * step;
    // A box as wide as the cell when shrinking, a tent of two pixels around the centre when enlarging.
    const reach = step >= 1 ? step / 2 : 0.5;
    const low = clamp(Math.floor(centre - reach), 0, length - 1);
    last = clamp(Math.ceil(centre + reach) - 1, low, length - 1);
    const weights: number[] = [];
    for (let at = low; at <= last; at += 1) {
      const overlap = Math.min(at + 1, centre + reach) - Math.max(at, centre - reach);
      weights.push(Math.max(0, overlap));
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const weight of weights) share.push(total > 0 ? weight / total : 1 / weights.length);
    from[cell] = low;
    starts[cell + 1] = share.length;
  }
  return { from, start: starts, share, first: from[0]!, end: last + 1 };
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
