import type { Batch } from '../examples/batches.ts';
import type { Shard } from './data-parallel-worker.ts';
import type { StepPosition } from './stepper.ts';

/** Fewer rows than this are not worth a thread, and are no statistics for batch norm. */
const MIN_SHARD_ROWS = 8;

/** How many rows each shard of a batch takes: as equal as can be, the larger ones first. */
export function cutRows(size: number, workers: number): number[] {
  const shards = Math.max(1, Math.min(workers, Math.floor(size / MIN_SHARD_ROWS)));
  return Array.from({ length: shards }, (_, number) => Math.ceil((size - number) / shards));
}

/** The shards of a batch, in the order of its rows, each with memory of its own. */
export function cutBatch(
  { size, examples, targets }: Batch,
  position: StepPosition,
  workers: number,
): Shard[] {
  let start = 0;
  return cutRows(size, workers).map((rows, number) => {
    const end = start + rows;
    const cut = (data: Float32Array<ArrayBuffer>) =>
      data.slice((start * data.length) / size, (end * data.length) / size);
    const shard = {
      position,
      number,
      rows,
      of: size,
      examples: cut(examples),
      targets: cut(targets),
    };
    start = end;
    return shard;
  });
}
