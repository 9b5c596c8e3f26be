import type { FastifyReply, FastifyRequest } from 'fastify';
import { createCancellation, type Cancellation } from '../../cancellation.ts';
import { errors } from '../../errors.ts';
import { whenClientLeaves } from '../client-left.ts';

/**
 * The cancellation of a request: it is cancelled when its client leaves, and when its timeout is over: that of
 * `x-request-timeout-ms`, at most `maxTimeoutMs`.
 */
export function createRequestCancellation(
  request: FastifyRequest,
  reply: FastifyReply,
  maxTimeoutMs: number,
): Cancellation {
  const startedAt = performance.now() - reply.elapsedTime;
  const timeoutMs = Math.min(timeoutOf(request) ?? maxTimeoutMs, maxTimeoutMs);
  const cancellation = createCancellation({ startedAt, deadline: startedAt + timeoutMs });
  whenClientLeaves(reply, () => cancellation.cancel(new errors.GLIMPSE_CLIENT_CLOSED()));
  reply.raw.once('close', () => cancellation.end());
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
