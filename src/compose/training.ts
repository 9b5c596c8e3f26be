import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { entryBeside } from '../entry.ts';
import { isGlimpseError } from '../errors.ts';
import { memoryForTraining } from './machine.ts';
import { openDatasetCheck, openOutputPlaces } from './open.ts';
import type { Registry } from '../registry/registry.ts';
import type { Repository } from '../repository/repository.ts';
import { openExclusiveQueue, type ExclusiveQueue } from '../jobs/exclusive-queue.ts';
import { openJobQueue, type JobQueue } from '../jobs/queue.ts';
import { jobKinds } from '../jobs/kinds.ts';
import { hasEnded, type JobEvent, type JobRecord } from '../jobs/record.ts';
import { createJobStore } from '../jobs/store.ts';
import type { AcceptContext } from '../jobs/kinds/job-kind.ts';
import type { Launch } from '../jobs/launch.ts';
import { createTrainerLauncher } from '../jobs/launch-trainer.ts';
import type { JobChange } from '../tracing/tracing.ts';
import { jobsNowhere } from './processes/not-here.ts';
import type { Observers } from './serving.ts';
import type { AcceptOptions } from './jobs/shared-jobs.ts';

/** The jobs of a server, as GLIMPSE_JOBS says. */
export async function composeJobs(
  config: Config,
  observers: Observers,
  repository: Repository,
  registry: Pick<Registry, 'reconcile'>,
): Promise<ExclusiveQueue> {
  const { logger } = observers;
  const accepting: AcceptOptions = {
    accept: acceptContext(config, repository),
    maxQueued: config.GLIMPSE_TRAIN_QUEUE_SIZE,
    keep: config.GLIMPSE_JOB_HISTORY,
    onProblem: problemLog(logger),
    // A client that sees a job succeed can use its version at once, not only after the next poll.
    awaitServing: () => awaitServing(registry),
  };
  if (config.GLIMPSE_JOBS === 'off') return jobsNowhere();
  if (config.GLIMPSE_JOBS !== 'local') {
    // Loaded where jobs are shared: a server that has its own has no use for it.
    const { composeSharedJobs } = await import('./jobs/shared-jobs.ts');
    return composeSharedJobs(config, accepting);
  }
  return openExclusiveQueue({
    lockFolder: join(config.GLIMPSE_DATA_DIR, 'locks'),
    open: () => openJobs(config, observers, accepting),
    onWaiting: (problem) => {
      if (problem === undefined) logger.info('this server takes jobs now');
      else logger.warn({ dataDir: resolve(config.GLIMPSE_DATA_DIR) }, problem);
    },
  });
}

function openJobs(
  config: Config,
  observers: Observers,
  accepting: AcceptOptions,
): Promise<JobQueue> {
  return openJobQueue({
    ...accepting,
    store: createJobStore({
      folder: join(config.GLIMPSE_DATA_DIR, 'jobs'),
      maxLogBytes: config.GLIMPSE_JOB_LOG_BYTES,
      onProblem: accepting.onProblem,
    }),
    launch: openLauncher(config),
    onEvent: (record, event) => observeJob(observers, record, event),
  });
}

/** What goes wrong with jobs and no caller receives is in the log. */
export function problemLog(logger: Logger): (problem: string) => void {
  return (problem) => logger.error({ problem }, 'training problem');
}

/** Starts the processes of jobs under the settings of this one. */
export function openLauncher(config: Config): Launch {
  return createTrainerLauncher({
    entry: entryBeside(import.meta.url, '../trainer-process'),
    settings: config,
    niceness: config.GLIMPSE_TRAIN_NICE,
    memoryBytes: config.GLIMPSE_TRAIN_MEMORY_BYTES,
    stopGraceMs: trainerStopGraceMs,
  });
}

/** What requests for jobs are accepted by. */
export function acceptContext(config: Config, repository: Repository): AcceptContext {
  return {
    datasets: openDatasetCheck(config),
    defaultModel: config.GLIMPSE_DEFAULT_MODEL,
    // Of workers elsewhere nobody knows here what they have.
    ...(config.GLIMPSE_JOBS === 'local' && {
      trainingMemory: memoryForTraining(config.GLIMPSE_TRAIN_MEMORY_BYTES),
    }),
    // The repository is asked, not the registry: a version may have been published elsewhere a moment ago.
    checkRoom: (model, labels) => unlessAway(repository.checkRoom(model, labels)),
    checkVersion: (model, version) => repository.manifest(model, version),
    versions: repository,
    outputs: openOutputPlaces(config),
    searches: {
      maxTrials: config.GLIMPSE_SEARCH_MAX_TRIALS,
      // It would hold a container for as long as its trials wait for another one.
      ...(config.GLIMPSE_JOBS === 'aws-batch' && {
        refusal: 'searches are not worked on with GLIMPSE_JOBS=aws-batch',
      }),
    },
  };
}

/** A store that does not answer just now may do so when the job is done; it is asked again then. */
async function unlessAway(check: Promise<void>): Promise<void> {
  try {
    await check;
  } catch (error) {
    if (!isGlimpseError(error) || error.code !== 'GLIMPSE_STORE_UNAVAILABLE') throw error;
  }
}

/** A job does not wait longer than this for its version to be loaded: others may be on their way, too. */
const awaitServingMs = 10_000;

/** Polls the repository, and waits until what was found is loaded. */
async function awaitServing(registry: Pick<Registry, 'reconcile'>): Promise<void> {
  const giveUp = new AbortController();
  const late = delay(awaitServingMs, 'late' as const, { signal: giveUp.signal, ref: false });
  try {
    const first = await Promise.race([registry.reconcile(), late]);
    if (first === 'late') throw new Error('loading takes its time; /models tells when it is done.');
  } finally {
    giveUp.abort();
  }
}

/** A training process handles its commands between two steps; this is longer than any step should take. */
const trainerStopGraceMs = 10_000;

/** Counts, traces and logs what happens to a job. */
export function observeJob(
  { metrics, logger, tracing }: Observers,
  record: JobRecord,
  event: JobEvent,
): void {
  const { id: job, kind, request } = record;
  const subject = jobKinds[kind].subject(request);
  const change = tracing && changeOf(record, event);
  if (change) tracing?.jobChanged({ id: job, kind, model: subject.model, change });
  if (event.type === 'epoch' && subject.model !== undefined) {
    metrics.observeEpoch({ model: subject.model, ...event.epoch });
  }
  if (event.type === 'note') logger.warn({ job, note: event.note }, 'training note');
  if (event.type !== 'state') return;
  const { type: _, ...state } = event;
  const { model, dataset } = subject;
  logger.info({ job, model, dataset, ...state }, 'job changed state');
  if (hasEnded(record)) {
    const startedAt = record.startedAt ?? record.createdAt;
    const endedAt = record.endedAt ?? startedAt;
    metrics.observeJob(record.state, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  }
}

/** What a trace is told of it. */
function changeOf(record: JobRecord, event: JobEvent): JobChange['change'] | undefined {
  if (event.type === 'epoch') {
    const figures = Object.entries(event.epoch).filter(([, value]) => typeof value === 'number');
    return { type: 'epoch', figures: Object.fromEntries(figures) };
  }
  if (event.type !== 'state') return undefined;
  if (record.state === 'queued') return { type: 'queued' };
  if (record.state === 'running') return { type: 'begun' };
  return { type: 'ended', state: record.state, code: record.error?.code };
}
