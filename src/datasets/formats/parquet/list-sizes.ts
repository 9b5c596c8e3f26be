/**
 * How many there are on each level of a row of lists, by the levels its numbers repeat on; undefined when that
 * differs from one list to the next. `depth` is how deep the lists of the column lie in each other.
 */
export function listSizes(repetition: ArrayLike<number>, depth: number): number[] | undefined {
  const { length } = repetition;
  // How many lists, or numbers, are begun on each level.
  const begun = Array.from({ length: depth + 1 }, () => 0);
  for (let at = 0; at < length; at += 1) begun[repetition[at]!]! += 1;
  for (let level = 1; level <= depth; level += 1) begun[level]! += begun[level - 1]!;
  const sizes = begun.slice(1).map((count, level) => count / begun[level]!);
  if (!sizes.every((size) => Number.isInteger(size))) return undefined;
  if (depth === 1) return sizes;
  // Numbers from the beginning of one list on a level to that of the next.
  const strides = sizes.map((_, level) =>
    sizes.slice(level + 1).reduce((all, one) => all * one, 1),
  );
  for (let at = 1; at < length; at += 1) {
    const level = strides.findIndex((stride) => at % stride === 0) + 1;
    if (repetition[at] !== level) return undefined;
  }
  return sizes;
}
