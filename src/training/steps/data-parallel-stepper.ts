import { buildShardGraph, buildUpdateGraph, type ShardGraph } from '../../neural/shard-graphs.ts';
import { createCarriedState, type GraphValue } from '../../runtime/graph-session.ts';
import {
  createDataParallelWorker,
  type DataParallelWorker,
  type Shard,
  type ShardGraphs,
} from './data-parallel-worker.ts';
import { cutBatch, cutRows } from './cut-batch.ts';
import { createGraphSessions } from './graph-sessions.ts';
import {
  float,
  graphOptions,
  initialValues,
  scalar,
  type Stepper,
  type StepperOptions,
} from './stepper.ts';
import { startThreadedWorker } from './threaded-worker.ts';

export interface DataParallelism {
  /** How many shards every batch is cut into: what is learnt depends on it. */
  readonly workers: number;
  /** How many threads may compute them: nothing but time depends on it. */
  readonly threads: number;
}

/**
 * Shares every batch among threads, of which this is one. The results of its shards are added,
 * always in the same order, and the state, which lives here alone, moves on.
 */
export async function createDataParallelStepper(
  options: StepperOptions,
  { workers, threads: most }: DataParallelism,
  usualSize: number,
  from?: ReadonlyMap<string, Float32Array>,
): Promise<Stepper> {
  const updates = createGraphSessions(options.threads, (shards: number) =>
    buildUpdateGraph(graphOptions(options, usualSize), shards),
  );
  // Opened before any thread is started: see decision 0001 on numbers too small for the normal range.
  const usualShards = cutRows(usualSize, workers).length;
  const { graph: usual } = await updates.get(usualShards);
  const state = createCarriedState(usual.state, from ?? initialValues(usual.state, options));
  const sent = usual.state
    .filter(({ role }) => role !== 'optimizer')
    .map(({ name, shape }) => ({ name, shape }));
  const shardGraphs = buildOnce((rows, of) => buildShardGraph(graphOptions(options, of), rows));
  const pool = Array.from({ length: Math.min(usualShards, most) }, (_, number) =>
    number === 0
      ? createDataParallelWorker(options, shardGraphs)
      : startThreadedWorker(options, sent, shardGraphs),
  );
  return {
    async step(batch, position, learningRate) {
      const feeds = state.feeds();
      const shards = cutBatch(batch, position, workers);
      const { graph, session } = await updates.get(shards.length);
      const shardResults = await computeAll(pool, shards, feeds);
      const { inputs, outputs } = graph;
      const given = { [inputs.learningRate]: float([], Float32Array.of(learningRate)) };
      shardResults.forEach((row, number) => {
        given[inputs.shardResults[number]!] = float([row.length], row);
      });
      const results = await session.step(state, given, [outputs.loss, outputs.correct]);
      return { loss: scalar(results[outputs.loss]), correct: scalar(results[outputs.correct]) };
    },
    feeds: () => state.feeds(),
    values: () => state.read(),
    async close() {
      await Promise.all(pool.map((one) => one.close()));
      await updates.close();
    },
  };
}

/** All workers share the graphs, of which there are as many as sizes of shards. */
function buildOnce(build: ShardGraphs): ShardGraphs {
  const built = new Map<string, ShardGraph>();
  return (rows, of) => {
    const key = `${rows}/${of}`;
    const graph = built.get(key) ?? build(rows, of);
    built.set(key, graph);
    return graph;
  };
}

/** The results in the order of the shards, which the threads compute in turns. */
async function computeAll(
  pool: readonly DataParallelWorker[],
  shards: readonly Shard[],
  feeds: Readonly<Record<string, GraphValue>>,
): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  await Promise.all(
    pool.map(async (worker, first) => {
      for (let number = first; number < shards.length; number += pool.length) {
        rows[number] = await worker.computeShard(shards[number]!, feeds);
      }
    }),
  );
  return rows;
}
