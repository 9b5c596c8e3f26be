/** How the pixels of an axis are shared out, as `cellsOf` of src/image/handwriting/cells.ts does it, in numbers of 64 bits. */

function overlapOf(pixel: i32, centre: f64, reach: f64): f64 {
  const end = min<f64>(<f64>(pixel + 1), centre + reach);
  return max<f64>(0, end - max<f64>(<f64>pixel, centre - reach));
}

function within(value: f64, low: i32, high: i32): i32 {
  return min(max(<i32>value, low), high);
}

/**
 * Cells of a part of an axis of `length` pixels: of each its first pixel, where its shares begin, and those. At `seen` the first pixel
 * that is seen at all, and how many are.
 */
export function shareOut(
  length: i32,
  start: f64,
  end: f64,
  count: i32,
  from: usize,
  starts: usize,
  share: usize,
  seen: usize,
): void {
  const step = (end - start) / <f64>count;
  const reach: f64 = step >= 1 ? step / 2 : 0.5;
  let first: i32 = 0;
  let last: i32 = 0;
  let at: i32 = 0;
  store<i32>(starts, 0);
  for (let cell: i32 = 0; cell < count; cell += 1) {
    const centre = start + (<f64>cell + 0.5) * step;
    const low = within(Math.floor(centre - reach), 0, length - 1);
    last = within(Math.ceil(centre + reach) - 1, low, length - 1);
    let total: f64 = 0;
    for (let pixel = low; pixel <= last; pixel += 1) total += overlapOf(pixel, centre, reach);
    for (let pixel = low; pixel <= last; pixel += 1, at += 1) {
      const part = total > 0 ? overlapOf(pixel, centre, reach) / total : 1 / <f64>(last - low + 1);
      store<f32>(share + (at << 2), <f32>part);
    }
    if (cell === 0) first = low;
    store<i32>(from + (cell << 2), low - first);
    store<i32>(starts + (cell << 2), at, 4);
  }
  store<i32>(seen, first);
  store<i32>(seen, last + 1 - first, 4);
}
