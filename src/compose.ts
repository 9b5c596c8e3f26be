import type { Logger } from 'pino';
import type { Arrivals } from './admission/arrivals.ts';
import { appSettings } from './compose/app-settings.ts';
import { openAdmission, type Admission } from './compose/admission.ts';
import { appAccess, openAccess, type Access } from './compose/access.ts';
import { openEmbeddedMetrics } from './compose/observing/embedded-metrics.ts';
import { openEvidence, type Evidence } from './compose/evidence.ts';
import { watchFolders, type FoldersWatch } from './compose/folders.ts';
import { connectionOptions, openListeners, type FurtherPorts } from './compose/listeners.ts';
import { openTracing } from './compose/observing/tracing.ts';
import { Shutdown, type ShutdownSteps } from './compose/shutdown.ts';
import { openStoreEvents, type StoreEvents } from './compose/observing/store-events.ts';
import { openProcessMemory, type ProcessMemory } from './compose/memory.ts';
import { composeServing, openMetrics, type Observers } from './compose/serving.ts';
import { composeJobs } from './compose/training.ts';
import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import type { HostingOptions } from './http/dialects/hosting-options.ts';
import type { ImagePreparer } from './image/prepare-image.ts';
import type { MetricSources } from './metrics/metrics.ts';
import { openImages, openRepository } from './compose/open.ts';
import type { Readiness } from './registry/readiness.ts';
import type { Repository } from './repository/repository.ts';
import type { Registry } from './registry/registry.ts';
import { onlyPart, openProcessPart, type ProcessPart } from './compose/processes/process-part.ts';
import { jobsOfAnotherProcess, noFolders } from './compose/processes/not-here.ts';
import type { ProcessLink } from './processes/process-link.ts';
import { openHosting } from './compose/sagemaker/open-hosting.ts';
import { composeRollout } from './compose/rollout.ts';
import { bindVersionCalls } from './compose/version-calls.ts';
import { createDatasetCatalogue } from './datasets/catalogue.ts';
import type { ExclusiveQueue } from './jobs/exclusive-queue.ts';
import type { JobQueue } from './jobs/queue.ts';

/** A whole server, put together and not yet listening. Concrete parts are chosen here and in compose/ only. */
export interface Server extends FurtherPorts {
  readonly app: Awaited<ReturnType<typeof createApp>>;
  readonly registry: Registry;
  /** Whether it should get traffic, and what an operator should know. */
  readiness(): Readiness;
  /** Who may do what here, in sentences. */
  readonly access: Pick<Access, 'summary' | 'warnings'>;
  /** Polls the repository, loads what should serve, and keeps polling from then on. */
  start(): Promise<void>;
  /** Readiness fails from now on, and jobs are put aside; what comes in is still answered. */
  drain(): Promise<void>;
  /** Ends streams of events, which would hold up an application around this that closes its listener. */
  endStreams(): void;
  /** Whether a thread does not come back from its model: an exit of the process would wait for it for ever. */
  hasAbandonedThread(): boolean;
  /** Ends everything in the order written below and loses nothing that was accepted. */
  stop(options?: { drainDelayMs?: number }): Promise<void>;
}

/**
 * `announceKey` shows the admin key of a first start: once, to people, and never to a log. `link` is to the other processes of
 * the server, where there are several.
 */
export async function composeServer(
  whole: Config,
  logger: Logger,
  announceKey: (text: string) => void = () => {},
  link?: ProcessLink,
): Promise<Server> {
  const part = link ? openProcessPart(link, whole) : onlyPart(whole);
  const rooms = await openRooms(part, logger, announceKey);
  const { config } = part;
  const { shared, access, connections, admission, repository, images, registry, jobs } = rooms;
  const { serving, evidence, rollout, events } = rooms;
  const shutdown = new Shutdown();
  const readiness = () => readinessOf(rooms, shutdown.hasBegun);
  const app = await createApp({
    ...shared,
    ...admission,
    ...rollout.inApp,
    registry,
    jobs,
    datasets: createDatasetCatalogue(repository.datasets, repository.deletions),
    evidence,
    hosting: rooms.hosting,
    ...bindVersionCalls(repository, evidence, rollout.predictor),
    readiness,
    isDraining: () => shutdown.hasBegun,
    closing: shutdown.closing,
    ...appAccess(config, access, (own) => part.shareBudgets(own)),
    connections,
    ...part.inApp,
    settings: appSettings(config),
  });
  part.follow(registry, shared.metrics);
  const isReady = () => readiness().ready;
  const listeners = openListeners(app, connections, config, logger, isReady);
  shared.metrics.watch(sourcesOf({ ...rooms, isReady, deaths: () => part.deaths() }));
  const steps: ShutdownSteps = {
    drain() {
      serving.crashLedger.close();
      return jobs.drain();
    },
    closeListeners: () => listeners.close(),
    // Versions drain and unload; then come the parts they and the jobs stood on.
    parts: [events, rollout, registry, jobs, images, evidence, repository, ...rooms.beside],
  };
  return {
    app,
    registry,
    readiness,
    access,
    ...listeners.ports,
    async start() {
      await registry.start();
      await part.catchUp(registry);
      if (part.isFirst) for (const one of [rollout, events, rooms.embedded]) one.start();
    },
    drain: () => shutdown.drain(steps),
    endStreams: () => shutdown.endStreams(),
    hasAbandonedThread: () => serving.abandoned.hasAny,
    stop: ({ drainDelayMs = 0 } = {}) => shutdown.stop(steps, drainDelayMs),
  };
}

/** Everything below the HTTP surface. */
async function openRooms(part: ProcessPart, logger: Logger, announceKey: (text: string) => void) {
  const { config } = part;
  const tracing = await openTracing(logger);
  const shared = { metrics: openMetrics(config, part.others), logger, tracing };
  // What may be wrong with the settings comes first: a start that fails must not have taken the data folder.
  const access = await openAccess(config, logger, announceKey);
  const connections = await connectionOptions(config, shared.metrics);
  const memory = openProcessMemory(config, shared);
  const repository = openRepository(config, tracing);
  const images = openImages(config);
  const { registry, ...serving } = composeServing(config, shared, repository, images, memory);
  const evidence = part.evidence(openEvidence(config, shared, repository.uri, registry));
  const admission = openAdmission(config, shared.metrics, images, memory);
  const { ledger } = admission;
  const rollout = composeRollout(config, shared, {
    registry,
    repository,
    images,
    ledger,
    cellMemory: memory.cellMemory,
    evidence,
    part,
  });
  const own = await openOwn(part, shared, repository, registry);
  const hosting = openHosting(config, registry);
  const embedded = openEmbeddedMetrics(config, shared);
  const below = { shared, access, connections, memory, admission, repository, images, registry };
  const { metrics } = shared;
  const beside = [own.folders, access, embedded, metrics, tracing ?? [], serving.abandoned].flat();
  return { ...below, serving, evidence, rollout, hosting, embedded, ...own, beside };
}

/** What is one process's own, also where there are several. */
async function openOwn(
  part: ProcessPart,
  shared: Observers,
  repository: Repository,
  registry: Registry,
): Promise<{ jobs: ExclusiveQueue; folders: FoldersWatch; events: StoreEvents }> {
  const { config, isFirst } = part;
  const all = { reconcile: () => part.reconcileAll(registry) };
  return {
    jobs: isFirst ? await composeJobs(config, shared, repository, all) : jobsOfAnotherProcess(),
    folders: isFirst ? await watchFolders(config, repository, shared.logger) : noFolders,
    events: openStoreEvents(config, all, shared.logger),
  };
}

/** Who knows what an operator should know. */
interface FactSources {
  readonly registry: Pick<Registry, 'readiness'>;
  readonly hosting: Pick<HostingOptions, 'models'>;
  readonly folders: Pick<FoldersWatch, 'problems'>;
  readonly jobs: Pick<ExclusiveQueue, 'problem'>;
  readonly access: Pick<Access, 'warnings'>;
}

/** What the registry says, and what else an operator should know. An endpoint whose models come and go is ready without any. */
function readinessOf(
  { registry, hosting, folders, jobs, access }: FactSources,
  isDraining: boolean,
): Readiness {
  const { ready, reasons } = hosting.models ? { ready: true, reasons: [] } : registry.readiness();
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
  admission: { arrivals },
  isReady,
  deaths,
}: {
  readonly registry: Registry;
  readonly images: ImagePreparer;
  readonly jobs: JobQueue;
  readonly evidence: Evidence;
  readonly memory: ProcessMemory;
  readonly admission: Admission;
  readonly isReady: () => boolean;
  readonly deaths: () => number;
}): MetricSources {
  const versions = () =>
    registry
      .describe()
      .flatMap(({ model, versions }) => versions.map((one) => ({ model, ...one })));
  const loaded = () => versions().filter(({ state }) => state === 'READY');
  return {
    versions,
    queues: () => loaded().map((one) => ({ ...one, waitMs: waitOf(registry, arrivals, one) })),
    drift: () => ofLoaded(evidence.drift.samples(), loaded()),
    accuracy: () => ofLoaded(evidence.accuracy.samples(), loaded()),
    decodeQueueDepth: () => images.depth,
    memory: () => {
      const { kept, inWork, waiting } = ledger;
      return { kept, inWork, waiting, cells: cellMemory.reserved };
    },
    jobsByState: () => jobs.states(),
    isReady,
    processDeaths: deaths,
    repository: () => registry.freshness(),
  };
}

/** How long it takes until what was let in for a version is answered. */
function waitOf(registry: Registry, arrivals: Arrivals, { model, version }: OfVersion): number {
  const [queue] = registry.queues(model, { version });
  return queue ? arrivals.drainMs(queue) : 0;
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
