import { restoreRandom, type RandomState } from '../../random.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import { sizeOf } from '../../tensor.ts';
import { serveThread, wholeBuffers } from '../../threads.ts';
import { createDataParallelWorker, type Shard } from './data-parallel-worker.ts';
import { float, type StepperOptions } from './stepper.ts';

export interface WorkerSetup {
  readonly options: Omit<StepperOptions, 'random'>;
  readonly randomState: RandomState;
  /** What `values` of every request holds, one after the other. */
  readonly slots: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface ShardRequest {
  readonly shard: Shard;
  readonly values: Float32Array<ArrayBuffer>;
}

/** The program of the thread of a worker: a shard and the present state in, the shard's result out. */
await serveThread<WorkerSetup, ShardRequest, Float32Array>(({ options, randomState, slots }) => {
  const worker = createDataParallelWorker({ ...options, random: restoreRandom(randomState) });
  return {
    handle: ({ shard, values }) => worker.computeShard(shard, feedsOf(slots, values)),
    transfer: (result) => wholeBuffers(result),
    close: () => worker.close(),
  };
});

function feedsOf(
  slots: WorkerSetup['slots'],
  values: Float32Array,
): Readonly<Record<string, GraphValue>> {
  let start = 0;
  return Object.fromEntries(
    slots.map(({ name, shape }) => {
      const end = start + sizeOf(shape);
      const feed = float(shape, values.subarray(start, end));
      start = end;
      return [name, feed];
    }),
  );
}
