import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { decide, unidentifiedCaller, type Caller, type Need } from '../../access/caller.ts';
import { identify, type IdentifyOptions } from '../../access/identify.ts';
import { isLoopback, originProblem } from '../../access/origin.ts';
import { errors, withDetails, type ErrorCode } from '../../errors.ts';
import { createBudgets, hasBudget, type Budgets } from './budgets.ts';
import { accessOf, type RouteAccess } from './route-access.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
    /** The schema of its error responses, where it is not that of this server. */
    errorSchema?: string;
    /** The port that alone answers it, where it is not that of all others or of management. */
    port?: number;
  }
  interface FastifyRequest {
    /** Who sent the request: known before its body is read, on every route that is not open. */
    caller: Caller;
  }
}

export interface GuardOptions extends IdentifyOptions {
  /** The model of predict calls that name none. */
  readonly defaultModel: string;
  /** Names this server goes by, besides localhost and addresses. */
  readonly hosts: readonly string[];
  /** Origins whose pages may call what changes or reveals something. */
  readonly origins: readonly string[];
  /** Requests a minute of callers that have no budget of their own; 0: as many as they like. */
  readonly requestsPerMinute: number;
  /** The port that alone answers management calls; undefined: one port for all. */
  readonly adminPort: number | undefined;
  /** Where there are several processes: what keeps the budgets for all of them, given those of this one. */
  readonly shareBudgets?: ((own: Budgets) => Budgets) | undefined;
}

/** Scopes of calls that run nothing but a model. */
const isPredicting = (access: RouteAccess): boolean => access === 'predict';

/**
 * Decides for every request, before its body is read, whether it may be made: where it comes from, who sent
 * it, what that one may do, and whether its budget is used up. A route that `route-access.ts` does not know is our bug.
 */
export async function installGuard(app: FastifyInstance, options: GuardOptions): Promise<void> {
  app.decorateRequest('caller');
  app.addHook('onRoute', declareAccess);
  const own = await createBudgets(app, options.requestsPerMinute);
  const guarding = { ...options, budgets: options.shareBudgets?.(own) ?? own };
  // Only waits for what has to be asked for: a promise would cost every request a turn of its own.
  app.addHook('onRequest', (request, reply, done) => {
    request.caller = unidentifiedCaller;
    const { access } = request.routeOptions.config;
    if (access === undefined || access === 'open') return done();
    const waiting = guard(request, reply, access, guarding);
    // Fastify goes on when a promise that it is given resolves.
    return waiting ?? done();
  });
}

interface Guarding extends GuardOptions {
  readonly budgets: Budgets;
}

/** Throws or rejects for a call that may not be made; a promise only where that has to be asked for. */
function guard(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Exclude<RouteAccess, 'open'>,
  options: Guarding,
): Promise<void> | undefined {
  try {
    checkListener(request, access, options);
    if (!isPredicting(access)) checkOrigin(request, options);
  } catch (refusal) {
    // Refused whoever it is; the audit log shall tell who it was.
    return refuseKnown(request, options, refusal);
  }
  const caller = callerOf(request, options);
  return caller instanceof Promise
    ? caller.then((found) => admit(request, reply, access, found, options))
    : admit(request, reply, access, caller, options);
}

async function refuseKnown(
  request: FastifyRequest,
  options: GuardOptions,
  refusal: unknown,
): Promise<never> {
  request.caller = await callerOrNobody(request, options);
  throw refusal;
}

function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Exclude<RouteAccess, 'open'>,
  caller: Caller,
  { defaultModel, mode, requestsPerMinute, budgets }: Guarding,
): Promise<void> | undefined {
  request.caller = caller;
  const model = modelIn(request) ?? (isPredicting(access) ? defaultModel : undefined);
  permit(request, { scope: access, model }, mode);
  if (!hasBudget(caller, requestsPerMinute)) return undefined;
  return budgets.spend(caller).then((end) => void reply.raw.once('close', end));
}

/** With what statuses the guard may refuse a call; for the contract. Calls of management are not found on the other port. */
export function guardStatuses(access: RouteAccess): readonly number[] {
  if (access === 'open') return [];
  return isPredicting(access) ? [401, 403, 429] : [401, 403, 404, 429];
}

/** Looks up what a route needs while it is registered; the 405 responses to other methods are declared open. */
function declareAccess(route: RouteOptions): void {
  if (route.config?.access !== undefined) return;
  const methods = [route.method].flat();
  const [access, ...others] = methods.map((method) => accessOf(method, route.url));
  if (access === undefined || others.some((other) => other !== access)) {
    throw new Error(
      `${String(methods)} ${route.url} does not say who may call it: this is our bug.`,
    );
  }
  route.config = { ...route.config, access };
}

/** GLIMPSE_FORBIDDEN, GLIMPSE_UNAUTHENTICATED or GLIMPSE_LOCAL_ONLY unless the caller may do this. */
function permit(request: FastifyRequest, need: Need, mode: IdentifyOptions['mode']): void {
  const decision = decide(request.caller, need, mode);
  if (decision.allowed) return;
  const code: ErrorCode = decision.code;
  throw withDetails(new errors[code](decision.reason), { scope: need.scope });
}

async function callerOrNobody(request: FastifyRequest, options: GuardOptions): Promise<Caller> {
  try {
    return await callerOf(request, options);
  } catch {
    return unidentifiedCaller;
  }
}

function callerOf(
  { headers, socket, raw }: FastifyRequest,
  options: GuardOptions,
): Caller | Promise<Caller> {
  const address = socket.remoteAddress ?? '';
  // What came through a proxy on this machine was sent from somewhere else.
  const isForwarded = Boolean(headers.forwarded || headers['x-forwarded-for'] || headers.via);
  return identify(
    {
      authorization: authorizationOf(raw),
      apiKey: headers['x-api-key'],
      address,
      isLocal: isLoopback(address) && !isForwarded,
    },
    options,
  );
}

/** Of a header Authorization that stands twice Node keeps the first alone; a proxy may have looked at the last. */
function authorizationOf({ headers, rawHeaders }: IncomingMessage): string | string[] | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const names = rawHeaders.filter((_, at) => at % 2 === 0);
  const times = names.filter((name) => name.toLowerCase() === 'authorization').length;
  return times > 1 ? Array<string>(times).fill(authorization) : authorization;
}

function checkListener(request: FastifyRequest, access: RouteAccess, options: GuardOptions): void {
  const { port = isPredicting(access) ? undefined : options.adminPort } =
    request.routeOptions.config;
  if (port === undefined || request.socket.localPort === port) return;
  throw new errors.GLIMPSE_ROUTE_NOT_FOUND(
    `${request.method} ${request.routeOptions.url} on this port`,
  );
}

function checkOrigin({ headers }: FastifyRequest, { hosts, origins }: GuardOptions): void {
  const fetchSite = headers['sec-fetch-site'];
  const problem = originProblem(
    {
      host: headers.host,
      origin: headers.origin,
      fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
    },
    { hosts, origins },
  );
  if (problem !== undefined) throw new errors.GLIMPSE_ORIGIN_FORBIDDEN(problem);
}

/** The model that the address names; calls that name it in their body ask `permit` again. */
function modelIn({ params }: FastifyRequest): string | undefined {
  const isNamed = typeof params === 'object' && params !== null && 'model' in params;
  return isNamed ? String(params.model) : undefined;
}
