/** The same tensor with its axes in another order: `order[i]` is the axis that becomes axis i. */
export function permuted(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const lengths = order.map((axis) => shape[axis]!);
  const strides = order.map((axis) => steps[axis]!);
  const place = lengths.map(() => 0);
  const result = new Float32Array(values.length);
  let from = 0;
  for (let to = 0; to < result.length; to += 1) {
    result[to] = values[from]!;
    for (let axis = lengths.length - 1; axis >= 0; axis -= 1) {
      place[axis]! += 1;
      from += strides[axis]!;
      if (place[axis]! < lengths[axis]!) break;
      from -= strides[axis]! * lengths[axis]!;
      place[axis] = 0;
    }
  }
  return result;
}

/** The gates of a cell, blocks of rows, in another order: `order[i]` is the block that becomes block i. */
export function reorderedGates(values: Float32Array, order: readonly number[]): Float32Array {
  const size = values.length / order.length;
  const result = new Float32Array(values.length);
  for (const [to, from] of order.entries()) {
    result.set(values.subarray(from * size, (from + 1) * size), to * size);
  }
  return result;
}
