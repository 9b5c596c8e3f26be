import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { SpanRef } from '../account.ts';

/** Where a request belongs in the caller's trace (W3C Trace Context). */
export interface TraceContext {
  readonly traceId: string;
  /** Our own span within that trace. */
  readonly spanId: string;
  /** The caller's; left out where the trace begins here. */
  readonly parentSpanId?: string;
  readonly flags: string;
}

const traceparentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const requestIdForm = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** The caller's request id when it is short and plain, else a fresh one: ids end up in logs. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID();
}

/** The trace a `traceparent` header names; undefined when there is none or it is malformed. */
export function traceContextOf(request: IncomingMessage): TraceContext | undefined {
  const header = request.headers['traceparent'];
  const found = typeof header === 'string' ? traceparentForm.exec(header) : null;
  if (!found) return undefined;
  const [, version = '', traceId = '', parentSpanId = '', flags = ''] = found;
  const isVersionZeroWithMore = version === '00' && header?.length !== 55;
  if (version === 'ff' || isVersionZeroWithMore) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentSpanId)) return undefined;
  return { traceId, parentSpanId, flags, spanId: randomBytes(8).toString('hex') };
}

/** What we send on: the same trace with our span as the parent of whatever comes next. */
export function traceparentOf(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}

/** The span of the caller. */
export function parentOf({ traceId, parentSpanId = '', flags }: TraceContext): SpanRef {
  return { traceId, spanId: parentSpanId, flags: Number.parseInt(flags, 16) };
}

/** Our own span, where requests are traced, in the words of the header. */
export function refOf({ traceId, spanId, flags }: SpanRef): TraceContext {
  return { traceId, spanId, flags: flags.toString(16).padStart(2, '0') };
}

/** The trace of a span that a collector will be told of. */
export function keptTrace(span: SpanRef | undefined): string | undefined {
  return span && span.flags % 2 === 1 ? span.traceId : undefined;
}
