import { entryBeside } from '../../entry.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import { sizeOf } from '../../tensor.ts';
import { startThread, wholeBuffers } from '../../threads.ts';
import { floats } from '../measuring/evaluate.ts';
import type { DataParallelWorker } from './data-parallel-worker.ts';
import type { ShardRequest, WorkerSetup } from './data-parallel-thread.ts';
import type { StepperOptions } from './stepper.ts';

/** Computes on a thread of its own, which is sent a copy of the present state with every shard. */
export function startThreadedWorker(
  { random, ...rest }: StepperOptions,
  slots: WorkerSetup['slots'],
  entry = entryBeside(import.meta.url, 'data-parallel-thread'),
): DataParallelWorker {
  const setup: WorkerSetup = { options: rest, randomState: random.state(), slots };
  const thread = startThread<ShardRequest, Float32Array>(entry, {
    data: setup,
    does: 'computes shards of batches',
  });
  return {
    async computeShard(shard, feeds) {
      const values = packValues(slots, feeds);
      const transfer = wholeBuffers(shard.examples, shard.targets, values);
      return thread.ask({ shard, values }, transfer);
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
    values.set(floats(feeds[name]?.data), start);
    start += sizeOf(shape);
  }
  return values;
}
