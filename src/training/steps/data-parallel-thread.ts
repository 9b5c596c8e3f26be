import { strict as assert } from 'node:assert';
import type { ShardGraph } from '../../neural/shard-graphs.ts';
import { restoreRandom, type RandomState } from '../../random.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import { sizeOf } from '../../tensor.ts';
import { serveThread, wholeBuffers } from '../../threads.ts';
import {
  createDataParallelWorker,
  type Shard,
  type WorkerOptions,
} from './data-parallel-worker.ts';
import { float } from './stepper.ts';

export interface WorkerSetup {
  readonly options: Omit<WorkerOptions, 'random'>;
  readonly randomState: RandomState;
  /** What `values` of every request holds, one after the other. */
  readonly slots: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface ShardRequest {
  readonly shard: Shard;
  /** Computes shards of this size; comes with the first of them. */
  readonly graph?: ShardGraph | undefined;
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * The program of the thread of a worker: a shard and the present state in, the shard's result out. It is given
 * its graphs, because what builds them takes much longer to load than all the rest of it.
 */
await serveThread<WorkerSetup, ShardRequest, Float32Array>(({ options, randomState, slots }) => {
  const graphs = new Map<string, ShardGraph>();
  const worker = createDataParallelWorker(
    { ...options, random: restoreRandom(randomState) },
    (rows, of) => {
      const graph = graphs.get(sizeKey(rows, of));
      assert(graph, 'a graph comes with the first shard of its size');
      return graph;
    },
  );
  return {
    handle({ shard, graph, values }) {
      if (graph) graphs.set(sizeKey(shard.rows, shard.of), graph);
      return worker.computeShard(shard, feedsOf(slots, values));
    },
    transfer: (result) => wholeBuffers(result),
    close: () => worker.close(),
  };
});

const sizeKey = (rows: number, of: number): string => `${rows}/${of}`;

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
