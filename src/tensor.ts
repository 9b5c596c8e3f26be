import { strict as assert } from 'node:assert';

/** Numbers with a shape, row-major. The first axis of a batch counts its examples. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  let product = 1;
  for (const length of shape) product *= length;
  return product;
}

/** One tensor [N, ...shape] from N rows of one example each. Every row must have the size of `shape`. */
export function stack(rows: readonly Float32Array[], shape: readonly number[]): Tensor {
  const size = sizeOf(shape);
  const data = new Float32Array(rows.length * size);
  let at = 0;
  for (const row of rows) {
    assert(row.length === size, 'a row of another size in a batch: this is our bug');
    data.set(row, at);
    at += size;
  }
  return { shape: [rows.length, ...shape], data };
}

/**
 * The same without a copy where the rows lie one behind the other, as those of one request do: a view of them, which only
 * who reads it and gives it to nobody may take.
 */
export function gather(rows: readonly Float32Array[], shape: readonly number[]): Tensor {
  const size = sizeOf(shape);
  const [{ buffer, byteOffset } = new Float32Array()] = rows;
  let next = byteOffset;
  for (const row of rows) {
    if (row.buffer !== buffer || row.byteOffset !== next || row.length !== size) {
      return stack(rows, shape);
    }
    next += row.byteLength;
  }
  const data = new Float32Array(buffer, byteOffset, rows.length * size);
  return { shape: [rows.length, ...shape], data };
}

/** The N rows of a tensor [N, ...], as views (no copy). */
export function unstack(tensor: Tensor): Float32Array[] {
  const [count = 0, ...rest] = tensor.shape;
  const size = sizeOf(rest);
  assert(
    tensor.data.length === count * size,
    'tensor data does not fill its shape: this is our bug',
  );
  if (count === 1) return [tensor.data];
  return Array.from({ length: count }, (_, row) =>
    tensor.data.subarray(row * size, (row + 1) * size),
  );
}

/** Where the greatest of `length` values from `start` on stands among them; the first of equals. */
export function argmax(values: ArrayLike<number>, start = 0, length = values.length): number {
  let best = 0;
  for (let i = 1; i < length; i += 1) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

/** Scores that sum to one, in the order of the logits; safe for logits of any size. */
export function softmax(logits: ArrayLike<number>): number[] {
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i += 1) highest = Math.max(highest, logits[i]!);
  const scores: number[] = [];
  let sum = 0;
  for (let i = 0; i < logits.length; i += 1) {
    const power = Math.exp(logits[i]! - highest);
    scores.push(power);
    sum += power;
  }
  for (let i = 0; i < scores.length; i += 1) scores[i]! /= sum;
  return scores;
}
