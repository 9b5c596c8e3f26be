import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

/** A span as it came over the wire. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** 2 is that of a server, 3 of a client. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Span ids. */
  readonly links: readonly string[];
  /** 2 is an error. */
  readonly status: number;
  /** Attributes of what sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** The part of opentelemetry/proto/trace/v1 that is looked at. */
const proto = protobuf.parse(
  `syntax = "proto3";
   message Value { oneof value { string s = 1; bool b = 2; int64 i = 3; double d = 4; } }
   message Pair { string key = 1; Value value = 2; }
   message Resource { repeated Pair attributes = 1; }
   message Link { bytes trace_id = 1; bytes span_id = 2; }
   message Status { int32 code = 3; }
   message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
     fixed64 start = 7; fixed64 end = 8; repeated Pair attributes = 9; repeated Link links = 13; Status status = 15; }
   message ScopeSpans { repeated Span spans = 2; }
   message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
   message Request { repeated ResourceSpans resource_spans = 1; }`,
).root;

/** A collector of traces by OTLP over HTTP, which keeps what it is sent. */
export async function startCollector() {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const isZipped = request.headers['content-encoding'] === 'gzip';
      if (request.url === '/v1/traces') spans.push(...read(isZipped ? gunzipSync(body) : body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

interface Pair {
  readonly key: string;
  readonly value?: object;
}

interface WireSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId?: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly attributes?: Pair[];
  readonly links?: { readonly spanId: Uint8Array }[];
  readonly status?: { readonly code?: number };
}

interface WireRequest {
  readonly resourceSpans?: {
    readonly resource: { readonly attributes: Pair[] };
    readonly scopeSpans: { readonly spans: WireSpan[] }[];
  }[];
}

function read(body: Buffer): CollectedSpan[] {
  const type = proto.lookupType('Request');
  const { resourceSpans = [] } = type.toObject(type.decode(body), { longs: Number }) as WireRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        name: span.name,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        kind: span.kind,
        startMs: span.start / 1e6,
        endMs: span.end / 1e6,
        attributes: record(span.attributes),
        links: (span.links ?? []).map(({ spanId }) => hex(spanId)),
        status: span.status?.code ?? 0,
        resource: record(resource.attributes),
      })),
    ),
  );
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

const record = (pairs: Pair[] = []): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value ?? {})[0]]));
