import {
  context,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { messageOf } from '../errors.ts';
import type { SpanRef } from '../account.ts';
import { createJobSpans } from './job-spans.ts';
import type { RanBatch, RequestHead, RequestSpan, Tracing } from './tracing.ts';

export interface TracingOptions {
  readonly version: string;
  /** Is told what the SDK complains of: a collector that does not answer. */
  readonly onProblem: (problem: string) => void;
}

/** How long the end of the process waits for a collector. */
const closingMs = 5_000;

/**
 * Tracing by the official SDK, which reads every OTEL_ variable itself: where to and with which headers, the sampler, the
 * name of the service, the limits. Spans are told when their time is known, from figures that are taken anyway.
 */
export function startTracing({ version, onProblem }: TracingOptions): Tracing {
  const complain = (message: string): void => onProblem(message.slice(0, 500));
  listen(complain);
  const named = resourceFromAttributes({ 'service.name': 'glimpse', 'service.version': version });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(named)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  const tracer = provider.getTracer('glimpse', version);
  return {
    beginRequest: (head) => new OpenRequest(tracer, head),
    batchRan: (batch) => tellOfBatch(tracer, batch),
    beginStoreCall(operation, bucket) {
      const span = tracer.startSpan(`S3.${operation}`, {
        kind: SpanKind.CLIENT,
        attributes: {
          'rpc.system': 'aws-api',
          'rpc.service': 'S3',
          'rpc.method': operation,
          'aws.s3.bucket': bucket,
        },
      });
      return ({ status, error }) => {
        if (status !== undefined) span.setAttribute('http.response.status_code', status);
        if (error !== undefined) fail(span, error);
        span.end();
      };
    },
    jobChanged: createJobSpans(tracer),
    async close() {
      const late = new Promise((resolve) => setTimeout(resolve, closingMs).unref());
      await Promise.race([provider.shutdown(), late]).catch((error) => complain(messageOf(error)));
      contexts.disable();
      context.disable();
      diag.disable();
    },
  };
}

/** Has what the SDK warns of go to the log. */
function listen(complain: (message: string) => void): void {
  const logger = { error: complain, warn: complain, info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, DiagLogLevel.WARN);
}

function tellOfBatch(
  tracer: Tracer,
  { model, version, size, inferMs, failed, spans }: RanBatch,
): void {
  const sampled = spans.filter(({ flags }) => (flags & TraceFlags.SAMPLED) !== 0);
  if (sampled.length === 0) return;
  const endTime = Date.now();
  const span = tracer.startSpan(`batch ${model}`, {
    root: true,
    startTime: endTime - inferMs,
    links: sampled.map((ref) => ({ context: contextOf(ref) })),
    attributes: { 'glimpse.model': model, 'glimpse.version': version, 'glimpse.batch.size': size },
  });
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endTime);
}

const contextOf = ({ traceId, spanId, flags }: SpanRef) => ({ traceId, spanId, traceFlags: flags });

function fail(span: Span, error: string): void {
  span.setAttribute('error.type', error);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function below(parent: SpanRef | undefined): Context {
  if (!parent) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...contextOf(parent), isRemote: true });
}

class OpenRequest implements RequestSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;
  /** From the clock of `performance.now()` to that of the world, as it was when the request came. */
  readonly #offset = Date.now() - performance.now();

  constructor(tracer: Tracer, { method, path, startedAt, parent }: RequestHead) {
    this.#tracer = tracer;
    const attributes = { 'http.request.method': method, 'url.path': path };
    const startTime = this.#offset + startedAt;
    const options = { kind: SpanKind.SERVER, attributes, startTime };
    this.#span = tracer.startSpan(method, options, below(parent));
    this.#context = trace.setSpan(ROOT_CONTEXT, this.#span);
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    this.traceId = traceId;
    this.spanId = spanId;
    this.flags = traceFlags;
  }

  run(act: () => void): void {
    context.with(this.#context, act);
  }

  addStage(stage: string, from: number, to: number): void {
    this.#tracer
      .startSpan(stage, { startTime: this.#offset + from }, this.#context)
      .end(this.#offset + to);
  }

  note(facts: Readonly<Record<string, string | number>>): void {
    const attributes: Attributes = {};
    for (const [name, value] of Object.entries(facts)) attributes[`glimpse.${name}`] = value;
    this.#span.setAttributes(attributes);
  }

  end({ route, status, code }: { route: string; status: number; code?: string }): void {
    const span = this.#span;
    const isRoute = route.startsWith('/');
    if (isRoute) span.setAttribute('http.route', route);
    span.setAttribute('http.response.status_code', status);
    if (code !== undefined) span.setAttribute('error.type', code);
    if (status >= 500) fail(span, code ?? String(status));
    span.end(this.#offset + performance.now());
  }
}
