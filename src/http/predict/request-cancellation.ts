import type { FastifyReply, FastifyRequest } from 'fastify';
import { createCancellation, type Cancellation } from '../../cancellation.ts';
import { errors } from '../../errors.ts';
import { hasLeft } from '../client-left.ts';

/** When a request came and when its answer must be there, on the clock of `performance.now()`. */
export interface RequestTimes {
  readonly startedAt: number;
  readonly deadline: number;
}

/** The deadline is that of `x-request-timeout-ms`, at most `maxTimeoutMs` after the request came. */
export function requestTimes(
  request: FastifyRequest,
  reply: FastifyReply,
  maxTimeoutMs: number,
): RequestTimes {
  const startedAt = performance.now() - reply.elapsedTime;
  const timeoutMs = Math.min(timeoutOf(request) ?? maxTimeoutMs, maxTimeoutMs);
  return { startedAt, deadline: startedAt + timeoutMs };
}

/** The cancellation of a request: it is cancelled when its client leaves, and when its deadline has passed. */
export function createRequestCancellation(reply: FastifyReply, times: RequestTimes): Cancellation {
  const cancellation = createCancellation(times);
  reply.raw.once('close', () => {
    if (hasLeft(reply)) cancellation.cancel(new errors.GLIMPSE_CLIENT_CLOSED());
    cancellation.end();
  });
  return cancellation;
}

function timeoutOf(request: FastifyRequest): number | undefined {
  const header = request.headers['x-request-timeout-ms'];
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[1-9]\d{0,8}$/.test(header.trim())) return Number(header);
  throw new errors.GLIMPSE_BAD_REQUEST(
    'x-request-timeout-ms must be a whole number of milliseconds.',
  );
}
