import type { Config } from '../../config.ts';
import { errors } from '../../errors.ts';
import { createBatchExecutor, type BatchPlace } from '../../jobs/aws-batch/batch-executor.ts';
import { createBullmqExecutor } from '../../jobs/bullmq/bullmq-executor.ts';
import type { RedisPlace } from '../../jobs/bullmq/connect.ts';
import type { ExclusiveQueue } from '../../jobs/exclusive-queue.ts';
import { createJobFiles, type JobFiles } from '../../jobs/shared/job-files.ts';
import { createSharedQueue, type SharedQueueOptions } from '../../jobs/shared/shared-queue.ts';
import { createSharedRecords, type SharedRecords } from '../../jobs/shared/shared-records.ts';
import { sha256 } from '../../repository/digest.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import { openStore } from '../../repository/stores/open-store.ts';
import { s3OptionsOf } from '../open.ts';

/** What a queue of jobs goes by, wherever they lie and whoever works on them. */
export type AcceptOptions = Pick<
  SharedQueueOptions,
  'accept' | 'maxQueued' | 'keep' | 'onProblem' | 'awaitServing'
>;

/** Where jobs lie that all servers and workers of a repository share. Close its store. */
export interface SharedPlace {
  readonly store: ArtifactStore;
  readonly records: SharedRecords;
  readonly files: JobFiles;
}

/** Beside the models, in a store that must enforce conditions. */
export function openSharedPlace(config: Config, onProblem: (problem: string) => void): SharedPlace {
  const store = openStore(config.GLIMPSE_REPOSITORY, s3OptionsOf(config));
  return {
    store,
    records: createSharedRecords(store, onProblem),
    // All of them are our own, and as large as they are.
    files: createJobFiles(store, Number.MAX_SAFE_INTEGER),
  };
}

/** How often a server looks for jobs that nobody works on: about as long as it takes to give up a worker. */
const tendMsOf = ({ GLIMPSE_JOBS_STALL_MS: stallMs }: Config): number => stallMs / 2;

/** The jobs of one of several servers that share them. */
export async function composeSharedJobs(
  config: Config,
  accepting: AcceptOptions,
): Promise<ExclusiveQueue> {
  const { onProblem } = accepting;
  const { store, records, files } = openSharedPlace(config, onProblem);
  const executor = openExecutor(config, store, onProblem);
  const tendMs = tendMsOf(config);
  const queue = createSharedQueue({ ...accepting, records, files, executor, tendMs });
  return {
    ...queue,
    get problem() {
      return executor.problem && new errors.GLIMPSE_JOBS_UNAVAILABLE(executor.problem).message;
    },
    async close() {
      await queue.close();
      await executor.close();
      await store.close();
    },
  };
}

/** How long those who follow a job of AWS Batch wait for news at most. */
const pollMs = 3_000;

function openExecutor(
  config: Config,
  store: Pick<ArtifactStore, 'uri'>,
  onProblem: (problem: string) => void,
) {
  return config.GLIMPSE_JOBS === 'aws-batch'
    ? createBatchExecutor({ ...batchPlace(config), pollMs, onProblem })
    : createBullmqExecutor({ ...redisPlace(config, store), onProblem });
}

function batchPlace(config: Config): BatchPlace {
  const { GLIMPSE_BATCH_QUEUE: queue, GLIMPSE_BATCH_DEFINITION: definition } = config;
  if (queue !== '' && definition !== '') return { queue, definition };
  const reason = 'GLIMPSE_JOBS=aws-batch needs GLIMPSE_BATCH_QUEUE and GLIMPSE_BATCH_DEFINITION';
  throw new errors.GLIMPSE_JOBS_UNAVAILABLE(reason);
}

/** Each repository has queues of its own, whoever else uses the same Redis. */
export function redisPlace(config: Config, { uri }: Pick<ArtifactStore, 'uri'>): RedisPlace {
  const { GLIMPSE_REDIS_URL: url } = config;
  const prefix = `{glimpse-${sha256(uri).slice(0, 16)}}`;
  if (/^rediss?:\/\/./.test(url)) return { url, prefix };
  const reason = 'GLIMPSE_JOBS=bullmq needs GLIMPSE_REDIS_URL, redis:// or rediss://';
  throw new errors.GLIMPSE_JOBS_UNAVAILABLE(reason);
}
