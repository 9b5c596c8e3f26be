import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors } from '../../errors.ts';

/** How long one call may take and when to stop working for it. */
export interface RequestDeadline {
  /** When the request arrived, on the clock of performance.now(). */
  readonly startedAt: number;
  /** When the answer must be out, on the same clock. */
  readonly at: number;
  /** Aborts with GLIMPSE_CLIENT_CLOSED when the client leaves before its answer. */
  readonly signal: AbortSignal;
}

/** Reads `x-request-timeout-ms` (capped by `maxTimeoutMs`) and watches the client's connection. */
export function deadlineOf(
  request: FastifyRequest,
  reply: FastifyReply,
  maxTimeoutMs: number,
): RequestDeadline {
  const startedAt = performance.now() - reply.elapsedTime;
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort(new errors.GLIMPSE_CLIENT_CLOSED());
  });
  return {
    startedAt,
    at: startedAt + Math.min(timeoutOf(request, maxTimeoutMs), maxTimeoutMs),
    signal: controller.signal,
  };
}

function timeoutOf(request: FastifyRequest, otherwise: number): number {
  const header = request.headers['x-request-timeout-ms'];
  if (header === undefined) return otherwise;
  if (typeof header === 'string' && /^[1-9]\d{0,8}$/.test(header.trim())) return Number(header);
  throw new errors.GLIMPSE_BAD_REQUEST(
    'x-request-timeout-ms must be a whole number of milliseconds.',
  );
}
