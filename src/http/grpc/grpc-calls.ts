import type { Metadata, ServerErrorResponse, ServerUnaryCall } from '@grpc/grpc-js';
import type { FastifyInstance } from 'fastify';
import { passedOnHeader } from '../connections/private-listener.ts';
import { callInside, type InnerAnswer, type InnerRequest } from '../connections/inner-call.ts';
import { failureOf, GrpcFailure, grpcStatus } from './grpc-status.ts';

/** What all kinds of calls have in common. */
export type GrpcCall = Pick<
  ServerUnaryCall<unknown, unknown>,
  'metadata' | 'getPeer' | 'getHost' | 'getDeadline'
> & {
  once(event: 'cancelled', listener: () => void): unknown;
  off(event: 'cancelled', listener: () => void): unknown;
};

/** What the calls of gRPC become: requests of the same protocol over HTTP, which go the way of all requests. */
export interface GrpcCalls {
  /** A GET, or a POST where there is a body. Rejects with a `GrpcFailure` for every answer that is an error. */
  ask(call: GrpcCall, url: string, sent?: SentBody): Promise<InnerAnswer>;
}

export interface SentBody {
  readonly body: Buffer;
  readonly headers?: readonly (readonly [string, string])[];
}

/** What is about a connection or about this message, and what only processes of this server may say. */
const notPassedOn = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'inference-header-content-length',
  'te',
  'transfer-encoding',
  'upgrade',
  'x-request-timeout-ms',
  passedOnHeader,
]);

export function createGrpcCalls(
  app: Pick<FastifyInstance, 'routing'>,
  port: () => number,
): GrpcCalls {
  return {
    async ask(call, url, sent) {
      const request: InnerRequest = {
        method: sent ? 'POST' : 'GET',
        url,
        headers: [['host', call.getHost()], ...headersOf(call), ...(sent?.headers ?? [])],
        body: sent?.body,
        from: { remoteAddress: addressOf(call.getPeer()), localPort: port() },
      };
      const { answer, leave } = callInside(app, request);
      call.once('cancelled', leave);
      try {
        const answered = await answer;
        if (answered.status >= 400) throw failedWith(answered);
        return answered;
      } finally {
        call.off('cancelled', leave);
      }
    },
  };
}

/** A failure, and what the head of its answer tells. */
function failedWith(answer: InnerAnswer): GrpcFailure {
  return Object.assign(failureOf(answer), { told: toldBy(answer) });
}

/** What the head of an answer tells, for the metadata that ends a call. */
export function toldBy({ headers }: InnerAnswer): Record<string, string> {
  const told = Object.entries(headers).filter(
    ([name]) => name.startsWith('glimpse-') || toldHeaders.has(name),
  );
  return Object.fromEntries(told);
}

const toldHeaders = new Set([
  'retry-after',
  'server-timing',
  'traceparent',
  'www-authenticate',
  'x-request-id',
]);

/** How a call ends that failed. */
export function errorOf(error: unknown, metadata: Metadata): Partial<ServerErrorResponse> {
  if (!(error instanceof GrpcFailure)) {
    return { code: grpcStatus.INTERNAL, details: 'Something went wrong on our side.', metadata };
  }
  const told: Readonly<Record<string, string>> = 'told' in error ? Object(error.told) : {};
  for (const [name, value] of Object.entries(told)) metadata.set(name, value);
  // By this clients with a retry policy know how long to wait.
  const seconds = Number(told['retry-after']);
  if (seconds > 0) metadata.set('grpc-retry-pushback-ms', String(1_000 * seconds));
  return { code: error.status, details: error.message, metadata };
}

function headersOf(call: GrpcCall): [string, string][] {
  const headers = Object.entries(call.metadata.toHttp2Headers()).flatMap(([name, values]) => {
    const isOurs = name.startsWith(':') || name.startsWith('grpc-') || name.endsWith('-bin');
    if (isOurs || notPassedOn.has(name)) return [];
    return [values ?? []].flat().map((value): [string, string] => [name, String(value)]);
  });
  const leftMs = Math.ceil(Number(call.getDeadline()) - Date.now());
  const hasDeadline = Number.isFinite(leftMs) && leftMs < 1e9;
  return hasDeadline
    ? [...headers, ['x-request-timeout-ms', String(Math.max(1, leftMs))]]
    : headers;
}

/** Of "127.0.0.1:4711", "[::1]:4711" or "ipv6:...", what stands before the port. */
function addressOf(peer: string): string {
  return peer
    .replace(/^ipv[46]:/, '')
    .replace(/:\d+$/, '')
    .replaceAll(/[[\]]/g, '');
}
