import { entryBeside } from '../../entry.ts';
import { floats, type GraphValue } from '../../runtime/graph-session.ts';
import type { ShardGraph } from '../../neural/shard-graphs.ts';
import { sizeOf } from '../../tensor.ts';
import { startThread, wholeBuffers } from '../../threads.ts';
import type { DataParallelWorker, ShardGraphs, WorkerOptions } from './data-parallel-worker.ts';
import type { ShardRequest, WorkerSetup } from './data-parallel-thread.ts';

/** Computes on a thread of its own, which is sent a copy of the present state with every shard. */
export function startThreadedWorker(
  { random, inputShape, classes, threads }: WorkerOptions,
  slots: WorkerSetup['slots'],
  shardGraphs: ShardGraphs,
  entry = entryBeside(import.meta.url, 'data-parallel-thread'),
): DataParallelWorker {
  const options = { inputShape, classes, threads };
  const setup: WorkerSetup = { options, randomState: random.state(), slots };
  const thread = startThread<ShardRequest, Float32Array>(entry, {
    data: setup,
    does: 'computes shards of batches',
  });
  /** Of these it has the graph. */
  const known = new Set<ShardGraph>();
  return {
    async computeShard(shard, feeds) {
      const values = packValues(slots, feeds);
      const transfer = wholeBuffers(shard.examples, shard.targets, values);
      const graph = shardGraphs(shard.rows, shard.of);
      const isNew = !known.has(graph);
      known.add(graph);
      return thread.ask({ shard, values, ...(isNew && { graph }) }, transfer);
    },
    close: () => thread.close(),
  };
}

function packValues(
  slots: WorkerSetup['slots'],
  feeds: Readonly<Record<string, GraphValue>>,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(slots.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  let start = 0;
  for (const { name, shape } of slots) {
    values.set(floats(feeds[name]), start);
    start += sizeOf(shape);
  }
  return values;
}
