import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasLeft } from './client-left.ts';
import { createRefusalBudget, type RefusalBudget } from './refusal-log.ts';
import type { RequestSpan, Tracing } from '../tracing/tracing.ts';
import {
  keptTrace,
  parentOf,
  refOf,
  traceContextOf,
  traceparentOf,
  type TraceContext,
} from './trace-context.ts';
import { routeOf } from './unknown-routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where requests are traced. */
    span: RequestSpan | undefined;
  }
}

/** One request, reported when its response is sent or its client has left. */
export interface RequestReport {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
  /** Of the trace that is kept of it; not there where it is not traced, or was not chosen to be. */
  readonly traceId?: string | undefined;
}

export interface RequestObserver {
  requestStarted(): void;
  requestEnded(report: RequestReport): void;
}

/** Routes that machines call every few seconds: their log lines have the level debug. */
const quietRoutes = new Set([
  '/livez',
  '/readyz',
  '/health',
  '/ping',
  '/metrics',
  '/v2/health/live',
  '/v2/health/ready',
]);

/** How long a refused client may go on sending its body before the connection is cut. */
const lingerMs = 5_000;

/**
 * Adds the request id and trace to every response, counts the request, and writes one log line when it is
 * over. A client that left before its response is a 499 here and nowhere else.
 */
export function installRequestLog(
  app: FastifyInstance,
  observer: RequestObserver,
  isDraining: () => boolean,
  tracing?: Pick<Tracing, 'beginRequest'>,
): void {
  const budget = createRefusalBudget({
    onLeftOut: (caller, lines) =>
      app.log.warn(
        { caller, lines },
        'log lines about refused requests of one caller were left out',
      ),
  });
  app.decorateRequest('refusal', undefined);
  app.decorateRequest('span', undefined);
  app.addHook('onClose', async () => budget.close());
  // None of these hooks is asynchronous, which would cost every request a promise and a turn of their own.
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now();
    observer.requestStarted();
    void reply.header('x-request-id', request.id);
    const given = traceContextOf(request.raw);
    const span = tracing && beginSpan(tracing, request, startedAt - reply.elapsedTime, given);
    request.span = span;
    noteTrace(request, reply, span ? { ...given, ...refOf(span) } : given);
    reply.raw.once('close', () => {
      const report = reportOf(request, reply, (performance.now() - startedAt) / 1000);
      observer.requestEnded(report);
      logRequest(request, report, budget);
      const { route, status } = report;
      span?.end({ route, status, ...(request.refusal && { code: request.refusal.code }) });
      drainThenClose(request);
    });
    if (span) span.run(done);
    else done();
  });
  // While draining, every response makes its client open a new connection, which reaches another server.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) void reply.header('connection', 'close');
    done();
  });
}

/** Has the response and the lines of the log say which trace the request belongs to. */
function noteTrace(
  request: FastifyRequest,
  reply: FastifyReply,
  trace: TraceContext | undefined,
): void {
  if (!trace) return;
  const { traceId, spanId, parentSpanId } = trace;
  void reply.header('traceparent', traceparentOf(trace));
  reply.log = request.log = request.log.child({
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
  });
}

function beginSpan(
  tracing: Pick<Tracing, 'beginRequest'>,
  request: FastifyRequest,
  startedAt: number,
  given: TraceContext | undefined,
): RequestSpan {
  const parent = given?.parentSpanId === undefined ? undefined : parentOf(given);
  return tracing.beginRequest({ method: request.method, path: pathOf(request), startedAt, parent });
}

function reportOf(request: FastifyRequest, reply: FastifyReply, seconds: number): RequestReport {
  return {
    route: routeOf(request),
    method: request.method,
    status: hasLeft(reply) ? 499 : reply.raw.statusCode,
    seconds,
    traceId: keptTrace(request.span),
  };
}

/** Every response has a log line; those of refusals only within the budget of their caller. */
function logRequest(request: FastifyRequest, report: RequestReport, budget: RefusalBudget): void {
  const { method, route, status } = report;
  if (status >= 400 && !budget.allows(request.socket.remoteAddress ?? '')) return;
  const level = quietRoutes.has(route) ? 'debug' : 'info';
  const path = pathOf(request);
  const ms = Math.round(report.seconds * 1e6) / 1e3;
  request.log[level](
    { method, path, route, status, ms, ...request.refusal },
    status === 499 ? 'client left' : 'answered',
  );
}

/**
 * A response may be sent while the body is still coming in (413, 404 ...). Cutting at once would reset
 * the connection before the client has read why, so the rest is read and dropped for a short while.
 */
export function drainThenClose(request: FastifyRequest): void {
  const { complete, destroyed, socket } = request.raw;
  // An injected request has come over no connection.
  if (complete || destroyed || !(socket instanceof Socket)) return;
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  request.raw.once('close', () => clearTimeout(timer));
  request.raw.resume();
}

/** Without its parameters, which may name secrets. */
const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0]!.slice(0, 500);
