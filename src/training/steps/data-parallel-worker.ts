import type { ShardGraph } from '../../neural/shard-graphs.ts';
import { floats, type GraphValue } from '../../runtime/graph-session.ts';
import { createGraphSessions } from './graph-sessions.ts';
import { drawNoise, float, type StepPosition, type StepperOptions } from './stepper.ts';

/** Some rows of the batch at this position of the run. */
export interface Shard {
  readonly position: StepPosition;
  /** Its index in the batch: its dropout masks are drawn from a stream named after it. */
  readonly number: number;
  readonly rows: number;
  /** The size of the whole batch. */
  readonly of: number;
  readonly examples: Float32Array<ArrayBuffer>;
  readonly targets: Float32Array<ArrayBuffer>;
}

/** Computes the results of shards, one at a time. */
export interface DataParallelWorker {
  computeShard(shard: Shard, values: Readonly<Record<string, GraphValue>>): Promise<Float32Array>;
  close(): Promise<unknown>;
}

export type WorkerOptions = Pick<StepperOptions, 'inputShape' | 'classes' | 'random' | 'threads'>;

/** The graph for so many rows of a batch of this size. */
export type ShardGraphs = (rows: number, of: number) => ShardGraph;

/** Computes on this thread. */
export function createDataParallelWorker(
  { classes, inputShape, random, threads }: WorkerOptions,
  shardGraphs: ShardGraphs,
): DataParallelWorker {
  const graphs = createGraphSessions(threads, shardGraphs);
  return {
    async computeShard({ position, number, rows, of, examples, targets }, values) {
      const { graph, session } = await graphs.get(rows, of);
      const results = await session.run({
        ...values,
        [graph.inputs.examples]: float([rows, ...inputShape], examples),
        [graph.inputs.targets]: float([rows, classes], targets),
        ...drawNoise(
          graph.noise,
          random.fork(`noise ${position.epoch} ${position.step} ${number}`),
        ),
      });
      return floats(results[graph.output]);
    },
    close: () => graphs.close(),
  };
}
