import type { Logger } from 'pino';
import { ConfigError, listOf, type Config } from '../config.ts';
import { createDriftTracker, type DriftTracker } from '../evidence/drift/drift-tracker.ts';
import { createFeedback, type Feedback } from '../evidence/feedback.ts';
import { createLiveAccuracy, type LiveAccuracy } from '../evidence/live-accuracy.ts';
import { isRedactable, redactableFields, type RedactableField } from '../evidence/log/log-line.ts';
import { createPredictionLog, type PredictionLog } from '../evidence/log/prediction-log.ts';
import { pruneLog } from '../evidence/log/retention.ts';
import type { PredictedCall } from '../evidence/predicted-call.ts';
import { createRecentPredictions, type RecentPredictions } from '../evidence/recent-predictions.ts';
import type { Registry } from '../registry/registry.ts';
import type { ArtifactStore } from '../repository/stores/artifact-store.ts';
import { openStore } from '../repository/stores/open-store.ts';
import { s3OptionsOf } from './open.ts';
import type { Observers } from './serving.ts';

/** What is known of predictions after they were answered. Close it. */
export interface Evidence {
  readonly recent: RecentPredictions;
  readonly drift: DriftTracker;
  readonly accuracy: LiveAccuracy;
  readonly feedback: Feedback;
  /** Where predictions are logged, if they are. */
  readonly logStore: ArtifactStore | undefined;
  readonly onPredicted: (call: PredictedCall) => void;
  close(): Promise<void>;
}

/** How many of its last predictions stand for a version now. */
const driftWindow = 2_000;
/** Each takes some twenty thousand bytes. */
const maxWatchedVersions = 100;

/** `modelsUri`: where the models are, whose folders nothing else may lie among. */
export function openEvidence(
  config: Config,
  observers: Observers,
  modelsUri: string,
  registry: Pick<Registry, 'describeVersion'>,
): Evidence {
  const recent = createRecentPredictions(config.GLIMPSE_RECENT_PREDICTIONS);
  const drift = createDriftTracker({ window: driftWindow, maxVersions: maxWatchedVersions });
  const logStore = openLogStore(config, modelsUri);
  const log = logStore && openLog(config, logStore, observers);
  const pruning =
    logStore && keepPruned(config, logStore, observers.logger, () => log?.forgetImages());
  const accuracy = createLiveAccuracy();
  const feedback = createFeedback({
    recent,
    accuracy,
    logged: logStore && log && { store: logStore, log },
    async classesOf(model, version) {
      const { manifest } = await registry.describeVersion(model, version);
      return manifest?.signature.classes;
    },
  });
  return {
    recent,
    drift,
    accuracy,
    feedback,
    logStore,
    onPredicted(call) {
      recent.add(call);
      drift.observe(call);
      log?.record(call);
    },
    async close() {
      await pruning?.stop();
      await log?.close();
      await logStore?.close();
    },
  };
}

/** The store of the prediction log, where the settings name one. */
export function openLogStore(config: Config, modelsUri?: string): ArtifactStore | undefined {
  if (config.GLIMPSE_PREDICTION_LOG === '') return undefined;
  const store = openStore(config.GLIMPSE_PREDICTION_LOG, s3OptionsOf(config));
  if (modelsUri !== undefined && (isIn(store.uri, modelsUri) || isIn(modelsUri, store.uri))) {
    throw new ConfigError(
      'GLIMPSE_PREDICTION_LOG must lie neither in GLIMPSE_REPOSITORY, whose folders are models, nor around it.',
    );
  }
  return store;
}

function isIn(inner: string, outer: string): boolean {
  return `${inner}/`.startsWith(`${outer}/`);
}

function openLog(
  config: Config,
  store: ArtifactStore,
  { metrics, logger }: Observers,
): PredictionLog {
  return createPredictionLog({
    store,
    share: config.GLIMPSE_PREDICTION_LOG_PERCENT / 100,
    images: config.GLIMPSE_PREDICTION_LOG_IMAGES,
    redacted: redactedBy(config),
    flushMs: config.GLIMPSE_PREDICTION_LOG_FLUSH_MS,
    flushBytes: config.GLIMPSE_PREDICTION_LOG_FLUSH_BYTES,
    bufferBytes: config.GLIMPSE_PREDICTION_LOG_BUFFER_BYTES,
    on: {
      onWritten: (lines) => metrics.countLogged('written', lines),
      onDropped: (reason, lines) => metrics.countLogged(reason, lines),
      onFailure: (error) =>
        logger.warn({ err: error }, 'the prediction log (GLIMPSE_PREDICTION_LOG) was not written'),
    },
  });
}

/** A slip of the pen would keep what somebody wanted left out. */
function redactedBy({ GLIMPSE_PREDICTION_LOG_REDACT: setting }: Config): Set<RedactableField> {
  const names = listOf(setting);
  const unknown = names.find((name) => !isRedactable(name));
  if (unknown !== undefined) {
    throw new ConfigError(
      `GLIMPSE_PREDICTION_LOG_REDACT=${setting} does not fit: "${unknown}" is none of ${redactableFields.join(', ')}.`,
    );
  }
  return new Set(names.filter(isRedactable));
}

const pruneEveryMs = 60 * 60 * 1000;

/** Keeps the log within its bounds: at the start and every hour. */
function keepPruned(config: Config, store: ArtifactStore, logger: Logger, onRemoved: () => void) {
  const stopping = new AbortController();
  const bounds = {
    keepDays: config.GLIMPSE_PREDICTION_LOG_KEEP_DAYS,
    keepBytes: config.GLIMPSE_PREDICTION_LOG_KEEP_BYTES,
  };
  const prune = async (): Promise<void> => {
    try {
      const removed = await pruneLog(store, bounds, Date.now(), stopping.signal);
      if (removed === 0) return;
      onRemoved();
      logger.info({ objects: removed }, 'removed from the prediction log');
    } catch (error) {
      if (stopping.signal.aborted) return;
      // Something may have been removed before that.
      onRemoved();
      logger.warn({ err: error }, 'the prediction log (GLIMPSE_PREDICTION_LOG) was not pruned');
    }
  };
  let running = prune();
  const timer = setInterval(() => {
    running = running.then(prune);
  }, pruneEveryMs).unref();
  return {
    async stop(): Promise<void> {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
