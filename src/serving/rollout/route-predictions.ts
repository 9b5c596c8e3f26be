import { errors } from '../../errors.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Route } from '../../registry/traffic-route.ts';
import type { PredictRequest, PredictResult, Predictor } from '../predictor.ts';
import type { ShadowRunner } from './shadow.ts';
import type { RolloutFigures } from './version-figures.ts';

export interface RoutingOptions {
  readonly predictor: Predictor;
  readonly registry: Pick<Registry, 'route'>;
  readonly figures: Pick<RolloutFigures, 'observe' | 'compare'>;
  readonly shadows: Pick<ShadowRunner, 'offer'>;
  /** Uniform in [0, 1). */
  readonly chance?: () => number;
}

/**
 * A predictor that goes by the traffic rules of a model where no version was named, or the label production was. A
 * version that cannot answer after all is passed over for the next one; what fails while it answers is told its caller.
 */
export function routePredictions(options: RoutingOptions): Predictor {
  const { predictor, registry } = options;
  return {
    async predict(request) {
      const { model, selector, sticky } = request;
      const route = sticky && registry.route(model, selector, sticky);
      if (route === undefined) return await predictor.predict(request);
      for (const version of route.versions) {
        const result = await unlessNotReady(options, route, version, request);
        if (result === undefined) continue;
        showTo(options, route, request, result);
        return result;
      }
      return await predictor.predict(request);
    },
  };
}

/** Undefined when the version could not take the request, which has cost nothing then. */
async function unlessNotReady(
  { predictor, figures }: RoutingOptions,
  { traffic }: Route,
  version: number,
  request: PredictRequest,
): Promise<PredictResult | undefined> {
  const startedAt = performance.now();
  const { canary } = traffic;
  const isWatched = canary?.state === 'running';
  try {
    const result = await predictor.predict({ ...request, selector: { version } });
    if (isWatched) {
      const ms = performance.now() - startedAt;
      figures.observe(request.model, canary, { version, ms, ...countsOf(result) });
    }
    return result;
  } catch (error) {
    if (error instanceof errors.GLIMPSE_MODEL_NOT_READY) return undefined;
    if (isWatched) {
      const ms = performance.now() - startedAt;
      figures.observe(request.model, canary, { version, ms, images: 0, warned: 0, error });
    }
    throw error;
  }
}

function countsOf({ predictions }: PredictResult): { images: number; warned: number } {
  const warned = predictions.filter((one) => !('error' in one) && one.warnings !== undefined);
  return { images: predictions.length, warned: warned.length };
}

/** A share of the answered requests is shown to the shadow, unless that one has answered itself. */
function showTo(
  { shadows, figures, chance = Math.random }: RoutingOptions,
  { shadow, traffic }: Route,
  request: PredictRequest,
  result: PredictResult,
): void {
  const share = traffic.rules.shadow?.share;
  if (shadow === undefined || share === undefined || shadow === result.version) return;
  // A shadow is asked for one digit of each picture.
  if (result.readings) return;
  if (chance() >= share) return;
  const { canary } = traffic;
  const isOfCanary =
    canary?.state === 'running' && shadow === canary.version && result.version === canary.present;
  const { model, instances } = request;
  const { version, predictions, evidence } = result;
  shadows.offer({
    // Nothing else of the request outlives its answer.
    request: { model, instances },
    result: { version, predictions, evidence: { id: evidence.id } },
    shadow,
    ...(isOfCanary && {
      onCompared: ({ compared, agreed }) => figures.compare(model, canary, compared, agreed),
    }),
  });
}
