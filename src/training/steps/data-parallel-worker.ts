import { buildShardGraph } from '../../neural/shard-graphs.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import { floats } from '../measuring/evaluate.ts';
import { openOnce } from './open-once.ts';
import {
  drawNoise,
  float,
  graphOptions,
  type StepPosition,
  type StepperOptions,
} from './stepper.ts';

/** Some rows of the batch that stands at this place of the run. */
export interface Shard {
  readonly place: StepPosition;
  /** Tells its dropout masks from those of the other shards. */
  readonly number: number;
  readonly rows: number;
  /** The size of the whole batch. */
  readonly of: number;
  readonly examples: Float32Array<ArrayBuffer>;
  readonly targets: Float32Array<ArrayBuffer>;
}

/** Computes what shards computeShard to their step, one at a time. */
export interface DataParallelWorker {
  computeShard(shard: Shard, values: Readonly<Record<string, GraphValue>>): Promise<Float32Array>;
  close(): Promise<unknown>;
}

/** Computes on this thread. */
export function createDataParallelWorker(options: StepperOptions): DataParallelWorker {
  const { classes, inputShape, random, threads } = options;
  const graphs = openOnce(threads, (rows: number, of: number) =>
    buildShardGraph(graphOptions(options, of), rows),
  );
  return {
    async computeShard({ place, number, rows, of, examples, targets }, values) {
      const { graph, session } = await graphs.get(rows, of);
      const results = await session.run({
        ...values,
        [graph.inputs.examples]: float([rows, ...inputShape], examples),
        [graph.inputs.targets]: float([rows, classes], targets),
        ...drawNoise(graph.noise, random.fork(`noise ${place.epoch} ${place.step} ${number}`)),
      });
      return floats(results[graph.output]?.data);
    },
    close: () => graphs.close(),
  };
}
