/**
 * The value that would stand at `rank` if the values were sorted; undefined where there is none. Hoare's selection: the
 * values end up in another order, and no more of them are looked at than the rank asks for.
 */
export function valueAtRank(values: Float32Array | Float64Array, rank: number): number | undefined {
  if (!(rank >= 0 && rank < values.length)) return undefined;
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let [low, high] = [left, right];
    while (low <= high) {
      while (values[low]! < pivot) low += 1;
      while (values[high]! > pivot) high -= 1;
      if (low > high) break;
      const swapped = values[low]!;
      values[low] = values[high]!;
      values[high] = swapped;
      low += 1;
      high -= 1;
    }
    if (rank <= high) right = high;
    else if (rank >= low) left = low;
    else break;
  }
  return values[rank];
}
