import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Arrival } from '../../admission/arrivals.ts';
import { flowOf } from '../../access/caller.ts';
import { bulkOf } from '../../fair-queue.ts';
import { admitRequest, type AdmittingOptions } from './admit-request.ts';
import { readImageBody, type ImageBodyLimits } from './image-body.ts';
import type { PredictRequest } from '../../serving/predictor.ts';
import { evidenceBody, setEvidenceHeaders } from './prediction-evidence.ts';
import { createRequestCancellation, requestTimes } from './request-cancellation.ts';
import { runCall, serverTiming, type Answered, type Call, type CallOptions } from './run-call.ts';
import { predictSchema, type PredictQuery } from './predict-schemas.ts';
import { LabelParamsSchema, ModelParamsSchema, VersionParamsSchema } from '../schemas.ts';

export interface PredictRouteOptions extends AdmittingOptions, CallOptions {
  readonly defaultModel: string;
  readonly limits: ImageBodyLimits;
  /** Deadline of a call, and the cap of what a client may ask for. */
  readonly requestTimeoutMs: number;
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

/** Receives the images, calls the predictor and encodes its result. */
async function predict(
  options: PredictRouteOptions,
  request: FastifyRequest<PredictRoute>,
  reply: FastifyReply,
  choice: VersionChoice,
): Promise<FastifyReply> {
  const { topK = defaultTopK, partial = false, strict = false, read } = request.query;
  const { sets = false, evidence = false, explain } = request.query;
  const way: PredictRequest['read'] = read === 'one' ? undefined : (read ?? 'contract');
  const asked = { topK, partial, strict, sets, read: way, explain };
  const isBulk = request.query.priority === 'bulk';
  // Also where it is there at once: the first packet of a body comes a moment after the head that it came with.
  const call = await openCall(options, request, reply, choice, isBulk);
  const body = await runCall(
    options,
    call,
    (context) => {
      const instances = readImageBody(request.raw, options.limits, context);
      return instances instanceof Promise
        ? instances.then((all) => ({ instances: all, ...asked }))
        : { instances, ...asked };
    },
    (answered) => {
      setAnswerHeaders(reply, answered);
      const { result, stages } = answered;
      const { model, version } = result;
      const predictions = result.readings ?? result.predictions;
      const known = evidence ? evidenceBody(result, stages) : undefined;
      return JSON.stringify({ model, version, predictions, evidence: known });
    },
  );
  return reply.type('application/json; charset=utf-8').send(body);
}

/** Lets a request in by what its head says; from then on it can be cancelled, and has a deadline. */
export function openCall(
  options: AdmittingOptions & Pick<PredictRouteOptions, 'requestTimeoutMs'>,
  request: FastifyRequest,
  reply: FastifyReply,
  choice: VersionChoice,
  isBulk = false,
): Call | Promise<Call> {
  const times = requestTimes(request, reply, options.requestTimeoutMs);
  const own = flowOf(request.caller);
  const flow = isBulk ? bulkOf(own) : own;
  const sticky = (header: string | undefined) => stickyValueOf(request, header);
  const { model, selector } = choice;
  const callOf = (arrival: Arrival): Call => {
    const cancellation = createRequestCancellation(reply, times);
    return { model, selector, sticky, flow, arrival, cancellation, span: request.span };
  };
  const admitted = admitRequest(options, request, choice, { flow, deadline: times.deadline });
  return admitted instanceof Promise ? admitted.then(callOf) : callOf(admitted);
}

/** What the head of every answer tells: how long it took, and by what it can be named and traced. */
export function setAnswerHeaders(reply: FastifyReply, answered: Answered): void {
  void reply.header('server-timing', serverTiming(answered));
  setEvidenceHeaders(reply, answered.result.evidence);
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
