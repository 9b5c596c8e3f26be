/** Values at a rank, as src/image/handwriting/rank.ts finds them. */

/** Bits of a number that are counted at once, the upper ones first and then the rest in two steps. */
const UPPER: i32 = 12;
const LOWER: i32 = 10;

/** The bits of a number of 32, or the upper ones of one of 64, so that larger ones have larger bits. */
function ordered<T>(at: usize): u32 {
  const bits = load<u32>(at + sizeof<T>() - 4);
  return bits ^ ((<u32>((<i32>bits) >> 31)) | 0x80000000);
}

/** The first bin with which more than `rank` are seen; how many were before it is put at `seen`. */
function binAt(bins: usize, rank: i32, seen: usize): i32 {
  let bin: i32 = 0;
  let before: i32 = 0;
  for (;;) {
    const next = before + load<i32>(bins + (bin << 2));
    if (next > rank) break;
    before = next;
    bin += 1;
  }
  store<i32>(seen, before);
  return bin;
}

/**
 * Leaves those of `count` numbers whose bits, counted from above, are those of the one that would stand at `rank` if they were sorted;
 * how many bytes they have. `room` takes 4098 numbers of 32 bits, the last of which is then the rank among those.
 */
function narrow<T>(values: usize, count: i32, rank: i32, room: usize): usize {
  const seen = room + (4 << UPPER);
  const size = sizeof<T>();
  let end = values + <usize>count * size;
  let mask: u32 = (1 << UPPER) - 1;
  let shift = 32 - UPPER;
  while (end > values + size) {
    memory.fill(room, 0, (mask + 1) << 2);
    for (let at = values; at < end; at += size) {
      const bin = room + (((ordered<T>(at) >> shift) & mask) << 2);
      store<i32>(bin, load<i32>(bin) + 1);
    }
    const bin = <u32>binAt(room, rank, seen);
    rank -= load<i32>(seen);
    let to = values;
    for (let at = values; at < end; at += size) {
      const isLeft = ((ordered<T>(at) >> shift) & mask) === bin;
      store<T>(to, load<T>(at));
      to += isLeft ? size : 0;
    }
    end = to;
    if (shift === 0) break;
    shift -= LOWER;
    mask = (1 << LOWER) - 1;
  }
  store<i32>(seen, rank, 4);
  return end - values;
}

/** The value that would stand at `rank` if `count` numbers of 32 bits were sorted. They are lost; `room` is as `narrow` wants it. */
export function valueAtRank(values: usize, count: i32, rank: i32, room: usize): f32 {
  narrow<f32>(values, count, rank, room);
  // What is left is the same to the last bit.
  return load<f32>(values);
}

/** The same of numbers of 64 bits, those that are left by Hoare's selection. */
export function valueAtRank64(values: usize, count: i32, rank: i32, room: usize): f64 {
  let right = ((<i32>narrow<f64>(values, count, rank, room)) >> 3) - 1;
  rank = load<i32>(room + (4 << UPPER), 4);
  let left: i32 = 0;
  while (left < right) {
    const pivot = load<f64>(values + (((left + right) >> 1) << 3));
    let low = left;
    let high = right;
    while (low <= high) {
      while (load<f64>(values + (low << 3)) < pivot) low += 1;
      while (load<f64>(values + (high << 3)) > pivot) high -= 1;
      if (low > high) break;
      const swapped = load<f64>(values + (low << 3));
      store<f64>(values + (low << 3), load<f64>(values + (high << 3)));
      store<f64>(values + (high << 3), swapped);
      low += 1;
      high -= 1;
    }
    if (rank <= high) right = high;
    else if (rank >= low) left = low;
    else break;
  }
  return load<f64>(values + (rank << 3));
}
