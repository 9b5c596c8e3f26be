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
