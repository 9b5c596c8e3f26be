import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../access/caller.ts';
import { errors, withDetails } from '../../errors.ts';

/** What callers may use up: requests a minute, and requests in work at once. */
export interface Budgets {
  /** Spends one request of its caller. GLIMPSE_RATE_LIMITED, with the time until there is room again. */
  spend(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** How long a request usually holds its place: the best guess of when one of several ends. */
const usualRequestMs = 1_000;

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
  const inWork = new Map<string, number>();
  return {
    async spend(request, reply) {
      if (rateOf(request.caller, requestsPerMinute) > 0) {
        const rate = await checkRate(request);
        if (!rate.isAllowed && rate.isExceeded) {
          throw usedUp(`${rate.max} requests a minute`, rate.ttl);
        }
      }
      enter(inWork, request.caller, reply);
    },
  };
}

function rateOf({ budget, kind }: Caller, requestsPerMinute: number): number {
  return budget?.requestsPerMinute ?? (kind === 'local' ? 0 : requestsPerMinute);
}

/** Counts a request of a caller with a limit of concurrency until its response is out or its client gone. */
function enter(inWork: Map<string, number>, { id, budget }: Caller, reply: FastifyReply): void {
  const most = budget?.concurrency;
  if (most === undefined) return;
  const count = inWork.get(id) ?? 0;
  if (count >= most) throw usedUp(`${most} requests at once`, usualRequestMs);
  inWork.set(id, count + 1);
  reply.raw.once('close', () => {
    const left = inWork.get(id)! - 1;
    if (left > 0) inWork.set(id, left);
    else inWork.delete(id);
  });
}

function usedUp(what: string, retryAfterMs: number): Error {
  return withDetails(new errors.GLIMPSE_RATE_LIMITED(what), { retryAfterMs });
}
