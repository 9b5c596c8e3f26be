import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errors } from '../errors.ts';
import { addressOf } from './asked-address.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The route whose address this is, of a request with a method that the route does not take. */
    otherMethodOf?: string;
  }
}

/**
 * Collects the routes registered afterwards; call the returned function when all are registered. Other methods of
 * known paths are then refused with 405 and `Allow`, unknown paths with 404, both before any body is read. A route for
 * each method that a path does not take would be two thousand routes to make at every start.
 */
export function refuseUnknownRoutes(app: FastifyInstance): () => void {
  const known = new Map<string, KnownRoute>();
  let isDone = false;
  app.decorateRequest('otherMethodOf');
  app.addHook('onRoute', ({ url, method }) => {
    if (isDone || url.includes('*')) return;
    const route = known.get(url) ?? { url, parts: url.split('/'), methods: new Set() };
    for (const one of [method].flat()) route.methods.add(one);
    known.set(url, route);
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = pathOf(request.url);
    // Told as the caller knows it, who sees nothing of where we keep it.
    const asked = pathOf(addressOf(request)).slice(0, 200);
    const route = routeAt(path, [...known.values()]);
    if (route && !route.methods.has(request.method)) {
      const accepted = [...route.methods].join(', ');
      request.otherMethodOf = patternOf(route.url);
      void reply.header('allow', accepted);
      throw new errors.GLIMPSE_METHOD_NOT_ALLOWED(asked, accepted, request.method);
    }
    const hint = path === '/' ? ': what this server answers is listed at /docs' : '';
    throw new errors.GLIMPSE_ROUTE_NOT_FOUND(`${request.method} ${asked}${hint}`);
  });
  app.setNotFoundHandler(() => {
    throw new errors.GLIMPSE_ROUTE_NOT_FOUND('such address');
  });
  return () => {
    isDone = true;
  };
}

/** What a request is counted and logged under: the pattern of its address, whether or not it takes the method. */
export function routeOf({ is404, otherMethodOf, routeOptions }: FastifyRequest): string {
  return otherMethodOf ?? (is404 ? 'none' : patternOf(routeOptions.url ?? 'none'));
}

/** Without the expression that ends a parameter before a verb (`:model([^:]+)::predict`), as people write it. */
function patternOf(url: string): string {
  return url.includes('(') ? url.replace(/\([^)]*\)::/, ':') : url;
}

interface KnownRoute {
  readonly url: string;
  readonly parts: readonly string[];
  readonly methods: Set<string>;
}

/** The route that a path is of. Where two could be meant, a word of the one goes before a parameter of the other. */
function routeAt(path: string, routes: readonly KnownRoute[]): KnownRoute | undefined {
  const given = path.split('/').map(decoded);
  const fitting = routes.filter(({ parts }) => fits(parts, given));
  return fitting.toSorted((one, other) => parametersOf(one) - parametersOf(other))[0];
}

function fits(parts: readonly string[], given: readonly string[]): boolean {
  return (
    parts.length === given.length &&
    parts.every((part, at) => {
      const verb = verbOf(part);
      if (verb !== undefined) return given[at]!.endsWith(verb) && given[at] !== verb;
      // As for Fastify, only the last parameter may be empty.
      if (part.startsWith(':')) return given[at] !== '' || at === parts.length - 1;
      return part === given[at];
    })
  );
}

/** What stands behind a parameter in the same part: `:predict` of `:model([^:]+)::predict`. */
function verbOf(part: string): string | undefined {
  const at = part.indexOf(')::');
  return at === -1 ? undefined : part.slice(at + 2);
}

/** A parameter with a verb behind it is half a word. */
const parametersOf = ({ parts }: KnownRoute): number =>
  parts.reduce((sum, part) => sum + (part.startsWith(':') ? 1 : 0) - (verbOf(part) ? 0.5 : 0), 0);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}
