import { join } from 'node:path';
import type { Logger } from 'pino';
import type { CellMemory } from '../account.ts';
import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { createMetrics, type Metrics, type MetricsOptions } from '../metrics/metrics.ts';
import { packageVersion } from '../package.ts';
import { createAbandonedThreads } from './abandoned-threads.ts';
import { commandLoading, serverLoading } from './loading.ts';
import { openExplainers } from './explainers.ts';
import { openImages, openRepository } from './open.ts';
import { openCrashLedger, type CrashLedger } from '../registry/crash-ledger.ts';
import { createRegistry } from '../registry/polling-registry.ts';
import type { Registry } from '../registry/registry.ts';
import { bindLoadRuntime, openMeasurements, openTrust, type RuntimeEvents } from './runtimes.ts';
import type { RegistryEvents } from '../registry/registry-events.ts';
import type { Repository } from '../repository/repository.ts';
import type { Placement } from '../runtime/runtime.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { createPredictor, type Predictor } from '../serving/predictor.ts';

/** The receivers of logs and metrics. */
export interface Observers {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Where traces were asked for. */
  readonly tracing?: Tracing | undefined;
}

/** A predictor without an HTTP server, for commands. It loads only the versions that are used. */
export interface LocalPredictor {
  readonly predictor: Predictor;
  close(): Promise<void>;
}

export async function openPredictor(config: Config, logger: Logger): Promise<LocalPredictor> {
  const shared = { metrics: openMetrics(config), logger };
  const [repository, images] = [openRepository(config), openImages(config)];
  const still = { ...config, GLIMPSE_POLL_INTERVAL_MS: 0, GLIMPSE_RESCAN_INTERVAL_MS: 0 };
  const registry = composeRegistry(still, shared, repository, images, { isServer: false });
  await registry.start();
  const explainers = openExplainers(still, repository);
  return {
    predictor: createPredictor({ registry, images, ...explainers }),
    async close() {
      await explainers.close();
      await registry.close();
      await images.close();
      await repository.close();
      shared.metrics.close();
    },
  };
}

/** Metrics of one server, bounded as the configuration says. */
export function openMetrics(
  { GLIMPSE_METRICS_MODELS: maxModels }: Config,
  others?: MetricsOptions['others'],
): Metrics {
  return createMetrics({ version: packageVersion, maxModels, ...(others && { others }) });
}

/** The registry of a server, and what the end of its process depends on. */
export function composeServing(
  config: Config,
  observers: Observers,
  repository: Repository,
  images: ImagePreparer,
  use: Pick<RegistryUse, 'onChange' | 'cellMemory'>,
) {
  const crashLedger = openCrashLedger(join(config.GLIMPSE_DATA_DIR, 'crash-ledger'));
  const abandoned = createAbandonedThreads();
  const registry = composeRegistry(config, observers, repository, images, {
    ...use,
    onAbandon: abandoned.add,
    crashLedger,
  });
  return { registry, crashLedger, abandoned };
}

/** What a registry is for. */
interface RegistryUse extends Pick<RuntimeEvents, 'onAbandon'> {
  /** What a server keeps is not for commands: they say what is, or that they cannot know. */
  readonly isServer?: boolean;
  readonly crashLedger?: CrashLedger;
  /** What cells share with each other. */
  readonly cellMemory?: CellMemory;
  /** Is told that models came or went. */
  readonly onChange?: () => void;
}

function composeRegistry(
  config: Config,
  { metrics, logger, tracing }: Observers,
  repository: Repository,
  images: ImagePreparer,
  { isServer = true, onAbandon, crashLedger, cellMemory, onChange = () => {} }: RegistryUse = {},
): Registry {
  const isStill = isServer && config.GLIMPSE_MODEL_CONTROL === 'none';
  return createRegistry({
    repository,
    ...(isServer && { startWaitMs: config.GLIMPSE_START_WAIT_MS }),
    loadRuntime: bindLoadRuntime(
      config,
      { ...runtimeEvents(metrics, logger), ...(onAbandon && { onAbandon }) },
      cellMemory,
    ),
    trust: openTrust(config),
    measurements: openMeasurements(config),
    ...(crashLedger && { crashLedger }),
    prepareGolden: (bytes, preprocessing, layout) => images.prepare(bytes, preprocessing, layout),
    batching: {
      maxBatchSize: config.GLIMPSE_MAX_BATCH_SIZE,
      maxQueueDelayMs: config.GLIMPSE_MAX_QUEUE_DELAY_MS,
      maxQueueSize: config.GLIMPSE_MAX_QUEUE_SIZE,
      onBatch: (batch) => {
        metrics.observeBatch(batch.model, batch.size);
        if (batch.spans.length > 0) tracing?.batchRan(batch);
      },
      onReject: ({ model, reason, items }) => metrics.countReject(model, reason, items),
    },
    ...(isServer ? serverLoading(config) : commandLoading(config)),
    polling: isStill
      ? { pollIntervalMs: 0, rescanIntervalMs: 0 }
      : {
          pollIntervalMs: config.GLIMPSE_POLL_INTERVAL_MS,
          rescanIntervalMs: config.GLIMPSE_RESCAN_INTERVAL_MS,
        },
    on: registryEvents(metrics, logger, onChange),
  });
}

/** Connects what happens to threads and cells to the log and the metrics. */
function runtimeEvents(metrics: Metrics, logger: Logger): RuntimeEvents {
  return {
    onDeath: (subject, cause, reason) => {
      metrics.countCellDeath(subject.model, cause);
      logger.error({ ...subject, cause, reason }, 'a cell was ended');
    },
    onOutput: (subject, line) => logger.warn({ ...subject, line }, 'a cell wrote'),
    onRestart: (subject, reason) =>
      logger.error({ ...subject, reason }, 'the thread or cell of a model is started again'),
    onQuarantine: (subject, reason) => {
      metrics.countQuarantine(subject.model);
      logger.error({ ...subject, reason }, 'model set aside: its thread or cell keeps ending');
    },
  };
}

/** What was decided about the batches of a version, and by which measurement. */
function placementFacts(placement: Placement | undefined) {
  if (!placement) return {};
  const { batchSize, inlineUpTo, isKept, measurement } = placement;
  const msBySize = Object.fromEntries(measurement.curve.map(({ size, ms }) => [size, round(ms)]));
  return { batchSize, inlineUpTo, measured: isKept ? 'before' : 'now', msBySize };
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Connects the events of the registry to the log, the metrics, and whoever is told of changes. */
function registryEvents(metrics: Metrics, logger: Logger, onChange: () => void): RegistryEvents {
  return {
    onLoad: ({ model, version, outcome, seconds, error, placement }) => {
      metrics.observeLoad(model, outcome, seconds);
      onChange();
      const facts = { model, version, seconds };
      if (outcome === 'loaded')
        logger.info({ ...facts, ...placementFacts(placement) }, 'version loaded');
      else logger.error({ ...facts, err: error }, 'version could not be loaded');
    },
    onQuarantine: ({ model, version, reason }) => {
      metrics.countQuarantine(model);
      logger.error({ model, version, reason }, 'version set aside');
    },
    onState: ({ model, version, state }) => {
      if (state === 'UNLOADED' || state === 'UNAVAILABLE') {
        metrics.forgetVersion(model, version);
        metrics.forgetShadow(model, version);
        onChange();
      }
      logger.debug({ model, version, state }, 'version changed state');
    },
    onReload: ({ model, before, after }) => {
      metrics.countReload(model);
      logger.info({ model, before, after }, 'another version answers now');
    },
    onPoll: ({ outcome, error }) => {
      metrics.countPoll(outcome);
      if (error) logger.warn({ err: error }, 'the repository (GLIMPSE_REPOSITORY) did not answer');
    },
    onStale: ({ since }) => {
      if (since) logger.warn({ since }, 'started from what is kept of the repository');
      else logger.info('the repository (GLIMPSE_REPOSITORY) answers again');
    },
    onKeepFailed: ({ error }) => {
      const consequence = 'a start while the repository is away would have nothing to start from';
      logger.warn({ err: error }, `the listing cannot be kept in GLIMPSE_DATA_DIR; ${consequence}`);
    },
  };
}
