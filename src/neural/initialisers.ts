import { sizeOf } from '../tensor.ts';
import type { Random } from '../random.ts';

/** How the numbers of a tensor start out. `random` belongs to this tensor alone. */
export type Initialiser = (shape: readonly number[], random: Random) => Float32Array;

export function filledWith(value: number): Initialiser {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** Uniform within ±sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010), Keras' default. */
export function glorotUniform(fanIn: number, fanOut: number): Initialiser {
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return (shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => random.symmetric(bound));
}

/**
 * Square blocks [size, size] below each other, each a random rotation (Saxe et al. 2013): a recurrent
 * kernel of this kind neither blows its state up nor lets it fade. Gram-Schmidt on normal rows.
 */
export function orthogonalBlocks(size: number): Initialiser {
  return (shape, random) => {
    const values = new Float32Array(sizeOf(shape));
    for (let start = 0; start < values.length; start += size * size) {
      rotation(size, random).forEach((row, index) => values.set(row, start + index * size));
    }
    return values;
  };
}

function rotation(size: number, random: Random): Float64Array[] {
  const rows: Float64Array[] = [];
  while (rows.length < size) {
    const row = Float64Array.from({ length: size }, () => random.normal());
    // Twice, because what rounding leaves of the other rows after once is too much for large sizes.
    for (const other of [...rows, ...rows]) {
      const overlap = dot(row, other);
      for (let index = 0; index < size; index += 1) row[index]! -= overlap * other[index]!;
    }
    const length = Math.sqrt(dot(row, row));
    if (length > 1e-6) rows.push(row.map((value) => value / length));
  }
  return rows;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}
