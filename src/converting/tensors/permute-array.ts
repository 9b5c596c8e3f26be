import type { WeightArray } from './weight-array.ts';
import { sizeOf } from '../../tensor.ts';

/** The same numbers with their axes in another order: axis i of the result is axis `order[i]` of the array. */
export function permuted({ shape, data }: WeightArray, order: readonly number[]): WeightArray {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const lengths = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const out = new Float32Array(data.length);
  const last = lengths.length - 1;
  let at = 0;
  const walk = (axis: number, from: number): void => {
    const [length, step] = [lengths[axis]!, steps[axis]!];
    for (let i = 0; i < length; i += 1) {
      if (axis < last) walk(axis + 1, from + i * step);
      else {
        out[at] = data[from + i * step]!;
        at += 1;
      }
    }
  };
  if (data.length > 0) walk(0, 0);
  return { shape: lengths, data: out };
}
