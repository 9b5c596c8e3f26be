import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../../access/caller.ts';
import { errors, withDetails } from '../../errors.ts';

/** What callers may use up: requests a minute, and requests in work at once. */
export interface Budgets {
  /**
   * Spends one request of its caller; what it gives back is called once the response is out or the client gone.
   * GLIMPSE_RATE_LIMITED, with the time until there is room again.
   */
  spend(caller: Caller): Promise<() => void>;
}

/** How long a request typically runs: the estimate of when one of several ends. */
const typicalRequestMs = 1_000;

const nothing = (): void => {};

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
    async spend(caller) {
      if (rateOf(caller, requestsPerMinute) > 0) {
        const rate = await checkRate(requestOf(caller));
        if (!rate.isAllowed && rate.isExceeded) {
          throw rateLimited(`${rate.max} requests a minute`, rate.ttl);
        }
      }
      return countInFlight(inFlight, caller);
    },
  };
}

/** Whether requests of the caller are counted at all. */
export function hasBudget(caller: Caller, requestsPerMinute: number): boolean {
  return rateOf(caller, requestsPerMinute) > 0 || caller.budget?.concurrency !== undefined;
}

/** The limiter looks at nothing else, and the request may have come to another process. */
function requestOf(caller: Caller): FastifyRequest {
  return Object.create(null, {
    caller: { value: caller },
    routeOptions: { value: { config: {} } },
  });
}

function rateOf({ budget, kind }: Caller, requestsPerMinute: number): number {
  return budget?.requestsPerMinute ?? (kind === 'local' ? 0 : requestsPerMinute);
}

/** Counts a request of a caller with a limit of concurrency until it is given back. */
function countInFlight(inFlight: Map<string, number>, { id, budget }: Caller): () => void {
  const most = budget?.concurrency;
  if (most === undefined) return nothing;
  const count = inFlight.get(id) ?? 0;
  if (count >= most) throw rateLimited(`${most} requests at once`, typicalRequestMs);
  inFlight.set(id, count + 1);
  return () => {
    const left = inFlight.get(id)! - 1;
    if (left > 0) inFlight.set(id, left);
    else inFlight.delete(id);
  };
}

function rateLimited(what: string, retryAfterMs: number): Error {
  return withDetails(new errors.GLIMPSE_RATE_LIMITED(what), { retryAfterMs });
}
