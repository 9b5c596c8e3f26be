import { stack, type Tensor } from '../../tensor.ts';
import { blocksOf, type Examples } from '../examples/batches.ts';

/** Examples as a model takes them, to be gone through as often as needed. */
export interface ExampleBatches {
  readonly count: number;
  /** The class of each, where they have labels. */
  readonly labels: Int32Array | undefined;
  batches(size: number): Iterable<Tensor>;
}

/** Examples of a dataset. */
export function batchesOf(examples: Examples, shape: readonly number[]): ExampleBatches {
  const { dataset, indices } = examples;
  return {
    count: indices.length,
    labels: indices.map((index) => dataset.labels[index]!),
    *batches(size) {
      for (const block of blocksOf(examples, size)) {
        yield { shape: [block.indices.length, ...shape], data: block.examples };
      }
    },
  };
}

/** Examples that were prepared one by one, without labels. */
export function batchesOfRows(
  rows: readonly Float32Array[],
  shape: readonly number[],
): ExampleBatches {
  return {
    count: rows.length,
    labels: undefined,
    *batches(size) {
      for (let at = 0; at < rows.length; at += size) yield stack(rows.slice(at, at + size), shape);
    },
  };
}
