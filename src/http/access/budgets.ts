import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../access/caller.ts';
import { errors, withDetails } from '../../errors.ts';

/** What callers may use up: requests a minute, and requests in work at once. */
export interface Budgets {
  /** Spends one request of its caller. GLIMPSE_RATE_LIMITED, with the time until there is room again. */
  spend(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** How long a request typically runs: the estimate of when one of several ends. */
const typicalRequestMs = 1_000;

/** `requestsPerMinute` is of callers that have no budget of their own; 0: as many as they like. */
export async function createBudgets(
  app: FastifyInstance,
  requestsPerMinute: number,
): Promise<Budgets> {
  await app.register(rateLimit, { global: false });
  const checkRate = app.createRateLimit({
    max: ({ caller }) => rateOf(caller, requestsPerMinute),
    timeWindow: 60_000,
    keyGenerator: ({ caller }) => `${caller.kind} ${caller.id}`,
    allowList: ({ caller }) => rateOf(caller, requestsPerMinute) === 0,
  });
  const inFlight = new Map<string, number>();
  return {
    async spend(request, reply) {
      if (rateOf(request.caller, requestsPerMinute) > 0) {
        const rate = await checkRate(request);
        if (!rate.isAllowed && rate.isExceeded) {
          throw rateLimited(`${rate.max} requests a minute`, rate.ttl);
        }
      }
      countInFlight(inFlight, request.caller, reply);
    },
  };
}

function rateOf({ budget, kind }: Caller, requestsPerMinute: number): number {
  return budget?.requestsPerMinute ?? (kind === 'local' ? 0 : requestsPerMinute);
}

/** Counts a request of a caller with a limit of concurrency until its response is out or its client gone. */
function countInFlight(
  inFlight: Map<string, number>,
  { id, budget }: Caller,
  reply: FastifyReply,
): void {
  const most = budget?.concurrency;
  if (most === undefined) return;
  const count = inFlight.get(id) ?? 0;
  if (count >= most) throw rateLimited(`${most} requests at once`, typicalRequestMs);
  inFlight.set(id, count + 1);
  reply.raw.once('close', () => {
    const left = inFlight.get(id)! - 1;
    if (left > 0) inFlight.set(id, left);
    else inFlight.delete(id);
  });
}

function rateLimited(what: string, retryAfterMs: number): Error {
  return withDetails(new errors.GLIMPSE_RATE_LIMITED(what), { retryAfterMs });
}
