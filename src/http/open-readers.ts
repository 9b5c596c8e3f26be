import { getHeapStatistics } from 'node:v8';
import type { FastifyInstance } from 'fastify';
import { RefusalPace } from '../admission/refusal-pace.ts';
import type { Registry } from '../registry/registry.ts';
import { CallStatistics } from './predict/call-statistics.ts';
import type { BodyReader } from './bodies/body-form.ts';
import { entryBeside } from '../entry.ts';
import { createBodyReader } from './bodies/body-reader.ts';
import { createJsonParser } from './predict/json-parser.ts';
import type { PredictRouteOptions } from './predict/predict-route.ts';

/** What V8 was given for the objects of one thread; whoever set it means all threads. */
const heapLimit = getHeapStatistics().heap_size_limit;

export interface ReadersOptions extends Pick<
  PredictRouteOptions,
  'predictor' | 'metrics' | 'ledger' | 'arrivals' | 'turns'
> {
  readonly registry: Pick<Registry, 'queues'>;
  readonly settings: Pick<PredictRouteOptions, 'defaultModel' | 'requestTimeoutMs'> &
    PredictRouteOptions['limits'];
}

/** What calls for predictions are answered with, whatever they are written in. */
export function openReaders(
  app: FastifyInstance,
  options: ReadersOptions,
): PredictRouteOptions & { readonly bodies: BodyReader } {
  const { predictor, metrics, ledger, arrivals, turns, registry, settings } = options;
  const memoryBytes = () => Math.min(ledger.mostInWork, heapLimit);
  const bodies = createBodyReader(entryBeside(import.meta.url, 'body-worker'), memoryBytes);
  const json = createJsonParser(bodies);
  app.addHook('onClose', () => bodies.close());
  return {
    predictor,
    metrics,
    defaultModel: settings.defaultModel,
    limits: { maxBodyBytes: settings.maxBodyBytes, maxImages: settings.maxImages },
    requestTimeoutMs: settings.requestTimeoutMs,
    ledger,
    json,
    bodies,
    arrivals,
    refusals: new RefusalPace(),
    turns,
    statistics: new CallStatistics(),
    queues: (model, selector) => registry.queues(model, selector),
  };
}
