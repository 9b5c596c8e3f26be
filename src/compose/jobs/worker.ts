import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { errors } from '../../errors.ts';
import { workOnTickets, type TicketWork } from '../../jobs/bullmq/work-on-tickets.ts';
import type { ExecutorListener } from '../../jobs/executor.ts';
import { jobLanes } from '../../jobs/kinds/job-kind.ts';
import {
  runSharedJob,
  type SharedRunEnd,
  type SharedRunOptions,
} from '../../jobs/shared/run-shared-job.ts';
import type { ExclusiveQueue } from '../../jobs/exclusive-queue.ts';
import type { TrialQueue } from '../../jobs/searching/run-search-job.ts';
import type { Repository } from '../../repository/repository.ts';
import { packageVersion } from '../../package.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { openMetrics, type Observers } from '../serving.ts';
import { composeSharedJobs, openSharedPlace, redisPlace, type SharedPlace } from './shared-jobs.ts';
import { openTracing } from '../observing/tracing.ts';
import { openRepository } from '../open.ts';
import { acceptContext, observeJob, openLauncher, problemLog } from '../training.ts';

/** A process that works on the jobs of servers elsewhere. */
export interface JobWorker {
  readonly metrics: Metrics;
  /** Why it takes no jobs now; undefined when it does. */
  problem(): string | undefined;
  /** Takes jobs as they come, until it is drained. */
  work(): Promise<void>;
  /** Works on this job and no other. GLIMPSE_JOB_NOT_FOUND. */
  workOn(id: string): Promise<SharedRunEnd>;
  /** Takes no further job and puts those at work aside, for others to go on with. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** GLIMPSE_JOBS_UNAVAILABLE where the settings leave no work for it. */
export async function composeWorker(config: Config, logger: Logger): Promise<JobWorker> {
  if (config.GLIMPSE_JOBS !== 'bullmq' && config.GLIMPSE_JOBS !== 'aws-batch') {
    const reason = 'a worker has nothing to do but with GLIMPSE_JOBS=bullmq or aws-batch';
    throw new errors.GLIMPSE_JOBS_UNAVAILABLE(reason);
  }
  const tracing = await openTracing(logger);
  const metrics = openMetrics(config);
  const place = openSharedPlace(config, problemLog(logger));
  const trials = openTrialQueue(config, problemLog(logger));
  const run = await openRun(config, { ...place, queue: trials.open }, { metrics, logger, tracing });
  const draining = new AbortController();
  let tickets: TicketWork | undefined;
  return {
    metrics,
    problem() {
      if (draining.signal.aborted) return 'This worker is shutting down.';
      return tickets ? tickets.problem() : 'This worker is starting.';
    },
    async work() {
      if (config.GLIMPSE_JOBS === 'aws-batch') {
        const reason = 'AWS Batch starts a worker for each job: glimpse worker --job <id>';
        throw new errors.GLIMPSE_JOBS_UNAVAILABLE(reason);
      }
      const onProblem = problemLog(logger);
      const stallMs = config.GLIMPSE_JOBS_STALL_MS;
      const options = { ...redisPlace(config, place.store), lanes: jobLanes, stallMs, run };
      tickets = await workOnTickets({ ...options, onProblem });
    },
    workOn: (id) => run(id, () => {}, draining.signal),
    async drain() {
      draining.abort();
      await tickets?.drain();
    },
    async close() {
      await trials.close();
      await place.store.close();
      metrics.close();
      await tracing?.close();
    },
  };
}

type Run = (id: string, report: ExecutorListener, signal: AbortSignal) => Promise<SharedRunEnd>;

async function openRun(
  config: Config,
  place: SharedPlace & Pick<SharedRunOptions, 'queue'>,
  observers: Observers,
): Promise<Run> {
  const folder = await openWorkFolder(config);
  const holder = { worker: `process ${process.pid} on ${hostname()}`, codeVersion: packageVersion };
  return (id, report, signal) =>
    runSharedJob(id, report, signal, {
      ...place,
      folder,
      holder,
      maxLogBytes: config.GLIMPSE_JOB_LOG_BYTES,
      launch: openLauncher(config),
      onEvent: (record, event) => observeJob(observers, record, event),
      onProblem: problemLog(observers.logger),
    });
}

/** A folder of this process's own; those of killed ones go. */
async function openWorkFolder({ GLIMPSE_DATA_DIR: dataDir }: Config): Promise<string> {
  const all = join(dataDir, 'work');
  const host = hostname().replaceAll(/[^\w.-]/g, '_');
  const own = `${host}-${process.pid}`;
  await mkdir(all, { recursive: true });
  for (const name of await readdir(all)) {
    const pid = Number(name.startsWith(`${host}-`) ? name.slice(host.length + 1) : NaN);
    const isOver = name === own || (Number.isSafeInteger(pid) && !lives(pid));
    if (isOver) await rm(join(all, name), { recursive: true, force: true });
  }
  return join(all, own);
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Where a worker has the trials of a search made jobs: the queue of all servers and workers, opened with the first search. */
interface WorkerQueue {
  readonly open: () => Promise<TrialQueue>;
  close(): Promise<void>;
}

function openTrialQueue(config: Config, onProblem: (problem: string) => void): WorkerQueue {
  let opening: Promise<ExclusiveQueue> | undefined;
  let repository: Repository | undefined;
  const open = (): Promise<ExclusiveQueue> => {
    repository ??= openRepository(config);
    return composeSharedJobs(config, {
      accept: acceptContext(config, repository),
      maxQueued: config.GLIMPSE_TRAIN_QUEUE_SIZE,
      keep: config.GLIMPSE_JOB_HISTORY,
      awaitServing: async () => {},
      onProblem,
    });
  };
  return {
    open: () => (opening ??= open()),
    async close() {
      await (await opening)?.close();
      await repository?.close();
    },
  };
}
