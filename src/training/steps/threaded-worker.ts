import { entryBeside } from '../../entry.ts';
import { errors, isGlimpseError, messageOf, withDetails } from '../../errors.ts';
import { sizeOf } from '../../tensor.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import { startAnsweringThread } from '../answering-thread.ts';
import type { DataParallelWorker } from './data-parallel-worker.ts';
import type { WorkerSetup, ShardRequest } from './data-parallel-thread.ts';
import { floats } from '../measuring/evaluate.ts';
import type { StepperOptions } from './stepper.ts';

/** Computes on a thread of its own, which is sent a copy of the present state with every shard. */
export function startThreadedWorker(
  { random, ...rest }: StepperOptions,
  slots: WorkerSetup['slots'],
  entry = entryBeside(import.meta.url, 'data-parallel-thread'),
): DataParallelWorker {
  const setup: WorkerSetup = { options: rest, randomState: random.state(), slots };
  const thread = startAnsweringThread<ShardRequest, Float32Array>(
    entry,
    setup,
    'computes shards of batches',
  );
  return {
    async computeShard(shard, feeds) {
      const values = packValues(slots, feeds);
      const move = [shard.examples.buffer, shard.targets.buffer, values.buffer];
      return thread.ask({ shard, values }, move).catch((error: unknown) => {
        throw isGlimpseError(error) ? error : failure(error);
      });
    },
    close: () => thread.close(),
  };
}

/** The codes of our errors do not survive the way between threads. */
function failure(error: unknown): Error {
  const reason = messageOf(error);
  return withDetails(new errors.GLIMPSE_RUNTIME_FAILED(reason), { reason }, error);
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
