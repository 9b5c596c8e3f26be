/** A vector as Spark ML writes it: dense, or of the values that are not zero and where they stand. */
export interface SparkVector {
  /** 1 is dense, 0 sparse. */
  readonly type: unknown;
  /** Of a sparse one. */
  readonly size: unknown;
  readonly indices: ArrayLike<number>;
  readonly values: Float64Array;
}

const [SPARSE, DENSE] = [0, 1];
/** Most values of one vector: a few bytes say any size. */
const MAX_SIZE = 1024 * 1024 * 3;

/** All values of a vector, or why it has none. */
export function vectorValues({ type, size, indices, values }: SparkVector): Float64Array | string {
  if (type === DENSE) return values;
  if (type !== SPARSE || typeof size !== 'number') return 'it holds no vector';
  if (size < 0 || size > MAX_SIZE)
    return `its vector has ${size} values; at most ${MAX_SIZE} are read`;
  const all = new Float64Array(size);
  // A list without values comes as one that is missing.
  if (indices.length === 1 && Number.isNaN(indices[0])) return all;
  if (indices.length !== values.length) return 'its vector has not as many values as indices';
  for (let at = 0; at < values.length; at += 1) {
    const index = indices[at]!;
    if (!(index >= 0 && index < size)) return `its vector has a value at ${index} of ${size}`;
    all[index] = values[at]!;
  }
  return all;
}
