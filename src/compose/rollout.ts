import { hostname } from 'node:os';
import type { CellMemory } from '../account.ts';
import type { Config } from '../config.ts';
import type { Ledger } from '../admission/ledger.ts';
import type { AppOptions } from '../http/app.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { Repository } from '../repository/repository.ts';
import type { Registry } from '../registry/registry.ts';
import { createPredictor, type Predictor } from '../serving/predictor.ts';
import type { Evidence } from './evidence.ts';
import { canaryEvidenceOf } from '../serving/rollout/canary-evidence.ts';
import { createCanaryDriver } from '../serving/rollout/canary-driver.ts';
import { routePredictions } from '../serving/rollout/route-predictions.ts';
import { createShadowRunner, type ShadowEvent } from '../serving/rollout/shadow.ts';
import { createRolloutFigures } from '../serving/rollout/version-figures.ts';
import { openExplainers } from './explainers.ts';
import type { ProcessPart } from './processes/process-part.ts';
import type { Observers } from './serving.ts';

/** Predictions by the traffic rules of models, and what follows from how their versions do. */
export interface Rollout {
  readonly predictor: Predictor;
  /** What requests meet of it. */
  readonly inApp: Pick<AppOptions, 'predictor' | 'canaryEvidence'>;
  /** Carries canaries on from now on. */
  start(): void;
  close(): Promise<void>;
}

export interface RolloutContext {
  readonly registry: Registry;
  readonly repository: Pick<Repository, 'open'>;
  readonly images: ImagePreparer;
  readonly ledger: Ledger;
  /** What cells share with each other. */
  readonly cellMemory: CellMemory;
  /** Is told of every call that was answered, by whichever version. */
  readonly evidence: Pick<Evidence, 'onPredicted' | 'recent'>;
  /** Says where figures go. */
  readonly part: Pick<ProcessPart, 'figures'>;
}

/** Shadows get a hundredth of what a caller gets while both wait. */
const shadowFlow = { id: 'shadow', weight: 0.01 };
/** Canaries are looked at as often as this, or as the repository where that is polled more often. */
const lookEveryMs = 1_000;

export function composeRollout(
  config: Config,
  { metrics, logger }: Observers,
  { registry, repository, images, ledger, cellMemory, evidence, part }: RolloutContext,
): Rollout {
  const { onPredicted } = evidence;
  const explainers = openExplainers(config, repository, cellMemory);
  const predictor = createPredictor({ registry, images, ...explainers, onPredicted });
  const figures = createRolloutFigures();
  const shadows = createShadowRunner({
    predictor,
    maxImages: config.GLIMPSE_SHADOW_IMAGES,
    waiting: () => images.depth,
    openAccount: (deadline) => ledger.open(shadowFlow, deadline),
    onEvent: (event) => countShadow(metrics, event),
    onDisagreement: (id, other) => evidence.recent.addDisagreement(id, other),
  });
  const driver = createCanaryDriver({
    registry,
    figures,
    everyMs: Math.min(lookEveryMs, config.GLIMPSE_POLL_INTERVAL_MS || lookEveryMs),
    by: { kind: 'server', id: `${hostname()} ${process.pid}`.slice(0, 200) },
    onMove: ({ model, state, why }) => {
      metrics.countCanary(model, state);
      logger.info({ model, state, why }, 'a canary was carried on');
    },
    onProblem: ({ model, error }) =>
      logger.warn({ model, err: error }, 'a canary could not be carried on'),
  });
  const routed = routePredictions({
    predictor,
    registry,
    figures: part.figures(figures),
    shadows,
  });
  return {
    predictor: routed,
    inApp: {
      predictor: routed,
      canaryEvidence: canaryEvidenceOf(registry.traffic, figures),
    },
    start: () => driver.start(),
    async close() {
      await driver.close();
      await shadows.close();
      await explainers.close();
    },
  };
}

function countShadow(
  metrics: Observers['metrics'],
  { model, shadow, images, compared, seconds }: ShadowEvent,
): void {
  metrics.observeShadowSeconds(model, shadow, seconds);
  if (compared === undefined) {
    metrics.countShadow(model, shadow, 'dropped', images);
    return;
  }
  metrics.countShadow(model, shadow, 'agreed', compared.agreed);
  metrics.countShadow(model, shadow, 'disagreed', compared.compared - compared.agreed);
  metrics.countShadow(model, shadow, 'failed', compared.failed);
  for (const difference of compared.differences) {
    metrics.observeShadowDifference(model, shadow, difference);
  }
}
