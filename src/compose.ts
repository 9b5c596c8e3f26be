import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { appAccess, openAccess, type Access } from './compose/access.ts';
import { openEvidence, type Evidence } from './compose/evidence.ts';
import { watchFolders } from './compose/folders.ts';
import { connectionOptions, openListeners } from './compose/listeners.ts';
import { openStoreEvents } from './compose/store-events.ts';
import { openProcessMemory, type ProcessMemory } from './compose/memory.ts';
import { composeServing, openMetrics } from './compose/serving.ts';
import { composeJobs } from './compose/training.ts';
import type { Config } from './config.ts';
import { createApp, type AppOptions, type AppSettings } from './http/app.ts';
import type { ImagePreparer } from './image/prepare-image.ts';
import type { MetricSources } from './metrics/metrics.ts';
import { packageVersion } from './package.ts';
import { openImages, openRepository } from './compose/open.ts';
import type { Readiness } from './registry/readiness.ts';
import type { Registry } from './registry/registry.ts';
import { composeRollout } from './compose/rollout.ts';
import type { Predictor } from './serving/predictor.ts';
import { replay } from './serving/replay.ts';
import { createDatasetCatalogue } from './datasets/catalogue.ts';
import type { JobQueue } from './jobs/queue.ts';

/** A whole server, put together and not yet listening. Concrete parts are chosen here and in compose/ only. */
export interface Server {
  readonly app: Awaited<ReturnType<typeof createApp>>;
  readonly registry: Registry;
  /** Who may do what here, in sentences. */
  readonly access: Pick<Access, 'summary' | 'warnings'>;
  /** Opens the port for management, where there is to be one of its own; the port. */
  listenForAdmin(): Promise<number | undefined>;
  /** Polls the repository, loads what should serve, and keeps polling from then on. */
  start(): Promise<void>;
  /** Whether a thread does not come back from its model: an exit of the process would wait for it for ever. */
  hasAbandonedThread(): boolean;
  /** Ends everything in the order written below and loses nothing that was accepted. */
  stop(options?: { drainDelayMs?: number }): Promise<void>;
}

/** `announceKey` shows the admin key of a first start: once, to people, and never to a log. */
export async function composeServer(
  config: Config,
  logger: Logger,
  announceKey: (text: string) => void = () => {},
): Promise<Server> {
  const shared = { metrics: openMetrics(config), logger };
  // What may be wrong with the settings comes first: a start that fails must not have taken the data folder.
  const access = await openAccess(config, logger, announceKey);
  const connections = await connectionOptions(config, shared.metrics);
  const memory = openProcessMemory(config, shared);
  const repository = openRepository(config);
  const images = openImages(config);
  const { registry, ...serving } = composeServing(config, shared, repository, images, memory);
  const evidence = openEvidence(config, shared, repository.uri, registry);
  const { ledger } = memory;
  const rollout = composeRollout(config, shared, { registry, images, ledger, evidence });
  const jobs = await composeJobs(config, shared, repository, registry);
  const folders = await watchFolders(config, repository, logger);
  const closing = new AbortController();
  let isDraining = false;
  const readiness = () => withFacts(registry.readiness(), isDraining, { folders, jobs, access });
  const app = await createApp({
    ...shared,
    ledger,
    predictor: rollout.predictor,
    registry,
    jobs,
    datasets: createDatasetCatalogue(repository.datasets, repository.deletions),
    evidence,
    replay: bindReplay(evidence, rollout.predictor),
    readiness,
    isDraining: () => isDraining,
    closing: closing.signal,
    ...appAccess(config, access),
    connections,
    settings: appSettings(config),
  });
  const events = openStoreEvents(config, registry, logger);
  const listeners = openListeners(app, connections, config, logger);
  const isReady = () => readiness().ready;
  shared.metrics.watch(sourcesOf({ registry, images, jobs, evidence, memory, isReady }));

  /** The shutdown. Nothing closes before all requests that use it have got their response. */
  const stop = async (drainDelayMs: number): Promise<void> => {
    // 1. /readyz fails, responses close their connections, all is still served; running jobs stop at their next step.
    isDraining = true;
    serving.crashLedger.close();
    await Promise.all([jobs.drain(), delay(drainDelayMs)]);
    // 2. Event streams end, the listeners close, what is in flight or queued gets its response.
    closing.abort();
    await Promise.all([app.close(), listeners.close()]);
    // 3. Versions drain and unload; then the parts they and the jobs stood on.
    const parts = [events, rollout, registry, jobs, images, evidence, repository];
    for (const part of [...parts, folders, access, shared.metrics]) await part.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    app,
    registry,
    access,
    listenForAdmin: () => listeners.listenForAdmin(),
    start: () => registry.start().then(() => [rollout, events].forEach((part) => part.start())),
    hasAbandonedThread: serving.hasAbandonedThread,
    stop: ({ drainDelayMs = 0 } = {}) => (stopped ??= stop(drainDelayMs)),
  };
}

/** Who else knows what an operator should know. */
interface FactSources {
  readonly folders: Pick<Awaited<ReturnType<typeof watchFolders>>, 'problems'>;
  readonly jobs: Pick<Awaited<ReturnType<typeof composeJobs>>, 'problem'>;
  readonly access: Pick<Access, 'warnings'>;
}

/** What the registry says, and what else an operator should know. */
function withFacts(
  { ready, reasons }: Readiness,
  isDraining: boolean,
  { folders, jobs, access }: FactSources,
): Readiness {
  const facts = [...folders.problems(), jobs.problem, ...access.warnings()];
  const told = [...reasons, ...facts.filter((fact) => fact !== undefined)];
  return isDraining
    ? { ready: false, reasons: ['This server is shutting down.', ...told] }
    : { ready, reasons: told };
}

function sourcesOf({
  registry,
  images,
  jobs,
  evidence,
  memory: { ledger, cellMemory },
  isReady,
}: {
  readonly registry: Registry;
  readonly images: ImagePreparer;
  readonly jobs: JobQueue;
  readonly evidence: Evidence;
  readonly memory: ProcessMemory;
  readonly isReady: () => boolean;
}): MetricSources {
  const versions = () =>
    registry
      .describe()
      .flatMap(({ model, versions }) => versions.map((one) => ({ model, ...one })));
  const loaded = () => versions().filter(({ state }) => state === 'READY');
  return {
    versions,
    queues: loaded,
    drift: () => ofLoaded(evidence.drift.samples(), loaded()),
    accuracy: () => ofLoaded(evidence.accuracy.samples(), loaded()),
    decodeQueueDepth: () => images.depth,
    memory: () => {
      const { kept, inWork, waiting } = ledger;
      return { kept, inWork, waiting, cells: cellMemory.reserved };
    },
    jobsByState: () => jobs.states(),
    isReady,
    repository: () => registry.freshness(),
  };
}

/** Replays by the predictor that answers callers; undefined where predictions are not logged. */
function bindReplay({ logStore }: Evidence, predictor: Predictor): AppOptions['replay'] {
  return logStore && ((request) => replay(logStore, predictor, request));
}

interface OfVersion {
  readonly model: string;
  readonly version: number;
}

/** The figures of a version that is unloaded end, as all its series do. */
function ofLoaded<Sample extends OfVersion>(samples: Sample[], loaded: OfVersion[]): Sample[] {
  const keys = new Set(loaded.map(({ model, version }) => `${model}/${version}`));
  return samples.filter(({ model, version }) => keys.has(`${model}/${version}`));
}

function appSettings(config: Config): AppSettings {
  return {
    version: packageVersion,
    defaultModel: config.GLIMPSE_DEFAULT_MODEL,
    maxBodyBytes: config.GLIMPSE_BODY_LIMIT_BYTES,
    maxImages: config.GLIMPSE_MAX_IMAGES_PER_REQUEST,
    maxUploadBytes: config.GLIMPSE_TRAIN_BODY_LIMIT_BYTES,
    uploadDir: join(config.GLIMPSE_DATA_DIR, 'uploads'),
    requestTimeoutMs: config.GLIMPSE_REQUEST_TIMEOUT_MS,
  };
}
