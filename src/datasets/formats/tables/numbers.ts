/** Values of a numeric column as doubles; NaN where one is missing or is no number. */
export function toNumbers(values: ArrayLike<unknown>): Float64Array {
  if (values instanceof Float64Array) return values;
  if (values instanceof BigInt64Array) return narrow(values);
  const numbers = new Float64Array(values.length);
  for (let at = 0; at < numbers.length; at += 1) {
    const value = values[at];
    numbers[at] =
      typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
  }
  return numbers;
}

/** 64-bit integers without making an object of each: their low and high halves. */
function narrow(values: BigInt64Array): Float64Array {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const numbers = new Float64Array(values.length);
  for (let at = 0; at < numbers.length; at += 1) {
    numbers[at] = halves[at * 2 + 1]! * 2 ** 32 + (halves[at * 2]! >>> 0);
  }
  return numbers;
}

/** The numbers at these indices, all of which there must be. A loop: mapping would take twice the time. */
export function pickNumbers(numbers: Float64Array, indices: ArrayLike<number>): Float64Array {
  const picked = new Float64Array(indices.length);
  for (let at = 0; at < picked.length; at += 1) picked[at] = numbers[indices[at]!]!;
  return picked;
}
