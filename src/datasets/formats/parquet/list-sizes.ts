/**
 * How many there are on each level of a row of lists, by the levels its numbers repeat on; undefined when that
 * differs from one list to the next, or when it is no row. `depth` is how deep the lists lie in each other.
 */
export function listSizes(repetition: Uint8Array, depth: number): number[] | undefined {
  // How many lists, or numbers, are begun on each level.
  const begun = Array.from({ length: depth + 1 }, () => 0);
  for (const level of repetition) begun[level]! += 1;
  if (begun[0] !== 1) return undefined;
  for (let level = 1; level <= depth; level += 1) begun[level]! += begun[level - 1]!;
  const sizes = begun.slice(1).map((count, level) => count / begun[level]!);
  if (depth === 1) return sizes;
  // Numbers from the beginning of one list on a level to that of the next.
  const strides = sizes.map((_, level) =>
    sizes.slice(level + 1).reduce((all, one) => all * one, 1),
  );
  for (let at = 1; at < repetition.length; at += 1) {
    const level = strides.findIndex((stride) => at % stride === 0) + 1;
    if (repetition[at] !== level) return undefined;
  }
  return sizes;
}
