import { errors } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { PredictRequest, PredictResult, Predictor } from './predictor.ts';

/**
 * A predictor that goes by the traffic rules of a model where no version was named, or the label production was. A
 * version that cannot answer after all is passed over for the next one; what fails while it answers is told its caller.
 */
export function routePredictions(
  predictor: Predictor,
  registry: Pick<Registry, 'route'>,
): Predictor {
  return {
    async predict(request) {
      const { model, selector, sticky } = request;
      const route = sticky && registry.route(model, selector, sticky);
      if (route === undefined) return await predictor.predict(request);
      for (const version of route.versions) {
        const result = await unlessNotReady(predictor, { ...request, selector: { version } });
        if (result) return result;
      }
      return await predictor.predict(request);
    },
  };
}

/** Undefined when the version could not take the request, which has cost nothing then. */
async function unlessNotReady(
  predictor: Predictor,
  request: PredictRequest,
): Promise<PredictResult | undefined> {
  try {
    return await predictor.predict(request);
  } catch (error) {
    if (error instanceof errors.GLIMPSE_MODEL_NOT_READY) return undefined;
    throw error;
  }
}
