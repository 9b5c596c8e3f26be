import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { flowOf } from '../../access/caller.ts';
import type { EventLoopTurns } from '../../admission/event-loop-turns.ts';
import type { Ledger, RequestAccount } from '../../admission/ledger.ts';
import { bulkOf } from '../../fair-queue.ts';
import type { JsonParser } from './json-parser.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { stageNames } from '../../metrics/serving-metrics.ts';
import { admitRequest, type AdmittingOptions } from './admit-request.ts';
import { readImageBody, type ImageBodyLimits } from './image-body.ts';
import type { PredictResult, Predictor, PredictRequest } from '../../serving/predictor.ts';
import { evidenceBody, setEvidenceHeaders, type Stages } from './prediction-evidence.ts';
import { createRequestCancellation, requestTimes } from './request-cancellation.ts';
import { warningNames } from '../../serving/warnings.ts';
import { predictSchema, type PredictQuery } from './predict-schemas.ts';
import { LabelParamsSchema, ModelParamsSchema, VersionParamsSchema } from '../schemas.ts';

export interface PredictRouteOptions extends AdmittingOptions {
  readonly predictor: Predictor;
  readonly metrics: Metrics;
  readonly defaultModel: string;
  readonly limits: ImageBodyLimits;
  /** Deadline of a call, and the cap of what a client may ask for. */
  readonly requestTimeoutMs: number;
  /** Keeps the accounts of requests. */
  readonly ledger: Ledger;
  readonly json: JsonParser;
  readonly turns: EventLoopTurns;
}

type VersionChoice = Pick<PredictRequest, 'model' | 'selector'>;
interface PredictRoute {
  Querystring: PredictQuery;
}
interface PredictRouteWith<Params extends TSchema> extends PredictRoute {
  Params: Static<Params>;
}

/** The four ways to select a version; everything else about the routes is the same. */
export function registerPredictRoutes(app: FastifyInstance, options: PredictRouteOptions): void {
  // Bodies are read by image-body.ts, which knows their limits; Fastify only lets the stream pass.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.post<PredictRoute>(
    '/predict',
    predictSchema('predict', 'Ask the default model.'),
    (request, reply) => predict(options, request, reply, { model: options.defaultModel }),
  );
  app.post<PredictRouteWith<typeof ModelParamsSchema>>(
    '/models/:model/predict',
    predictSchema(
      'predictWithModel',
      'Ask a model, at its label production or else its latest version.',
      ModelParamsSchema,
    ),
    (request, reply) => predict(options, request, reply, request.params),
  );
  app.post<PredictRouteWith<typeof VersionParamsSchema>>(
    '/models/:model/versions/:version/predict',
    predictSchema('predictWithVersion', 'Ask one version of a model.', VersionParamsSchema),
    (request, reply) => {
      const { model, version } = request.params;
      return predict(options, request, reply, { model, selector: { version } });
    },
  );
  app.post<PredictRouteWith<typeof LabelParamsSchema>>(
    '/models/:model/labels/:label/predict',
    predictSchema('predictWithLabel', 'Ask the version a label points at.', LabelParamsSchema),
    (request, reply) => {
      const { model, label } = request.params;
      return predict(options, request, reply, { model, selector: { label } });
    },
  );
}

const defaultTopK = 3;

/** Receives the images, calls the predictor and encodes its result. What it cost is given back however it ends. */
async function predict(
  options: PredictRouteOptions,
  request: FastifyRequest<PredictRoute>,
  reply: FastifyReply,
  choice: VersionChoice,
): Promise<FastifyReply> {
  const times = requestTimes(request, reply, options.requestTimeoutMs);
  const { deadline } = times;
  const own = flowOf(request.caller);
  const flow = request.query.priority === 'bulk' ? bulkOf(own) : own;
  const arrival = await admitRequest(options, request, choice, { flow, deadline });
  const cancellation = createRequestCancellation(reply, times);
  const account = options.ledger.open(flow, deadline);
  try {
    const { topK = defaultTopK, partial = false, strict = false, evidence = false } = request.query;
    const { json, turns } = options;
    const context = { cancellation, account, arrival, json, turns };
    const instances = await readImageBody(request.raw, options.limits, context);
    const receiveMs = performance.now() - cancellation.startedAt;
    const result = await options.predictor.predict({
      ...choice,
      sticky: (header) => stickyValueOf(request, header),
      instances,
      topK,
      partial,
      strict,
      cancellation,
      account,
    });
    const { model, version, predictions } = result;
    const { decodeMs, queueMs, inferMs } = result.timings;
    const stages = { receive: receiveMs, decode: decodeMs, queue: queueMs, infer: inferMs };
    void reply
      .header('server-timing', serverTiming(stages, account.price))
      .type('application/json; charset=utf-8');
    setEvidenceHeaders(reply, result.evidence);
    const encodeStart = performance.now();
    const body = JSON.stringify({
      model,
      version,
      predictions,
      ...(evidence && { evidence: evidenceBody(result, stages) }),
    });
    observe(options.metrics, result, { ...stages, encode: performance.now() - encodeStart });
    return reply.send(body);
  } finally {
    arrival.close();
    account.close();
  }
}

/** What a caller is known by where traffic is split: a header, else the key or token. */
function stickyValueOf(
  { headers, caller }: FastifyRequest,
  header: string | undefined,
): string | undefined {
  const value = header === undefined ? undefined : headers[header.toLowerCase()];
  if (value !== undefined) return String(value);
  const isKnown = caller.kind === 'key' || caller.kind === 'token';
  return isKnown ? `${caller.kind} ${caller.id}` : undefined;
}

/** How long each stage took; of that, waiting for a turn or memory; and the price: expected work, and most memory. */
function serverTiming(
  stages: Stages,
  { waitedMs, workMs, bytes }: RequestAccount['price'],
): string {
  const times = Object.entries({ ...stages, wait: waitedMs, price: workMs });
  const parts = times.map(([stage, ms]) => `${stage};dur=${ms.toFixed(2)}`);
  return `${parts.join(', ')};desc="${bytes} bytes"`;
}

function observe(metrics: Metrics, result: PredictResult, stages: Stages): void {
  const { model, version, predictions, inputs } = result;
  for (const stage of stageNames) {
    const ms = stages[stage];
    if (ms !== undefined) metrics.observeStage(stage, model, ms / 1000);
  }
  const failed = predictions.filter((prediction) => 'error' in prediction).length;
  metrics.countImages(model, version, 'predicted', predictions.length - failed);
  metrics.countImages(model, version, 'failed', failed);
  const warned = predictions.flatMap((each) => ('error' in each ? [] : (each.warnings ?? [])));
  for (const warning of warningNames) {
    metrics.countWarnings(model, warning, warned.filter((each) => each === warning).length);
  }
  for (const input of inputs) {
    if (input) metrics.countInput(model, input.provenance.format, input.marks);
  }
}
