import { METHODS } from 'node:http';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { errors } from '../errors.ts';

/** Every method of a request; CONNECT never becomes one. */
const methods: readonly HTTPMethods[] = METHODS.filter((method) => method !== 'CONNECT');

/**
 * Collects the routes registered afterwards; call the returned function when all are registered. Other methods of
 * known paths are then refused with 405 and `Allow`, unknown paths with 404, both before any body is read.
 */
export function refuseUnknownRoutes(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  let isDone = false;
  app.addHook('onRoute', ({ url, method }) => {
    if (isDone) return;
    const accepted = known.get(url) ?? new Set();
    for (const one of [method].flat()) accepted.add(one);
    known.set(url, accepted);
  });
  app.addHook('onRequest', async (request) => {
    if (request.is404) {
      const path = pathOf(request.url);
      const hint = path === '/' ? ': what this server answers is listed at /docs' : '';
      throw new errors.GLIMPSE_ROUTE_NOT_FOUND(`${request.method} ${path}${hint}`);
    }
  });
  app.setNotFoundHandler(() => {
    throw new errors.GLIMPSE_ROUTE_NOT_FOUND('such address');
  });
  return () => {
    isDone = true;
    for (const method of methods) {
      if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
    }
    for (const [url, accepted] of known) {
      if (!url.includes('*')) refuseOtherMethods(app, url, [...accepted]);
    }
  };
}

function refuseOtherMethods(app: FastifyInstance, url: string, accepted: string[]): void {
  app.route({
    method: methods.filter((method) => !accepted.includes(method)),
    url,
    schema: { hide: true },
    config: { access: 'open' },
    onRequest: async (request, reply) => {
      void reply.header('allow', accepted.join(', '));
      throw new errors.GLIMPSE_METHOD_NOT_ALLOWED(
        pathOf(request.url),
        accepted.join(', '),
        request.method,
      );
    },
    handler: () => {
      throw new errors.GLIMPSE_ROUTE_NOT_FOUND('such method');
    },
  });
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!.slice(0, 200);
}
