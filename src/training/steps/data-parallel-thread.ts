import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { restoreRandom, type RandomState } from '../../random.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import { sizeOf } from '../../tensor.ts';
import type { Answer } from '../answering-thread.ts';
import { createDataParallelWorker, type Shard } from './data-parallel-worker.ts';
import { float, type StepperOptions } from './stepper.ts';

/** The thread of a worker: takes a shard and the present state, answers the shard result. */
export interface WorkerSetup {
  readonly options: Omit<StepperOptions, 'random'>;
  readonly randomState: RandomState;
  /** What `values` of every question holds, one after the other. */
  readonly slots: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface ShardRequest {
  readonly shard: Shard;
  readonly values: Float32Array<ArrayBuffer>;
}

assert(parentPort, 'the thread of a worker is started as a worker');
const port = parentPort;
const { options, randomState, slots }: WorkerSetup = workerData;
const worker = createDataParallelWorker({ ...options, random: restoreRandom(randomState) });

port.on('message', (question: ShardRequest) => void answer(question));

async function answer({ shard, values }: ShardRequest): Promise<void> {
  const reply: Answer<Float32Array> = await worker.computeShard(shard, feedsOf(values)).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: originOf(error) }),
  );
  port.postMessage(reply, []);
}

/** What the runtime itself said: the trainer puts it into words again. */
function originOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? error.cause : error;
}

function feedsOf(values: Float32Array): Record<string, GraphValue> {
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
