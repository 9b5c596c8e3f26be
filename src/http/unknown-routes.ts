import type { FastifyInstance, HTTPMethods } from 'fastify';
import { errors } from '../errors.ts';

const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Collects the routes registered after it; call the returned function when all are there. Addresses
 * we know then answer 405 with `Allow` to other methods, unknown ones 404, both before any body is read.
 */
export function watchRoutes(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  let isDone = false;
  app.addHook('onRoute', ({ url, method }) => {
    if (isDone) return;
    const taken = known.get(url) ?? new Set();
    for (const one of [method].flat()) taken.add(one);
    known.set(url, taken);
  });
  app.addHook('onRequest', async (request) => {
    if (request.is404) {
      throw new errors.GLIMPSE_ROUTE_NOT_FOUND(`${request.method} ${pathOf(request.url)}`);
    }
  });
  app.setNotFoundHandler(() => {
    throw new errors.GLIMPSE_ROUTE_NOT_FOUND('such address');
  });
  return () => {
    isDone = true;
    for (const [url, taken] of known) {
      if (!url.includes('*')) refuseOtherMethods(app, url, [...taken]);
    }
  };
}

function refuseOtherMethods(app: FastifyInstance, url: string, taken: string[]): void {
  app.route({
    method: methods.filter((method) => !taken.includes(method)),
    url,
    schema: { hide: true },
    config: { access: 'open' },
    onRequest: async (request, reply) => {
      void reply.header('allow', taken.join(', '));
      throw new errors.GLIMPSE_METHOD_NOT_ALLOWED(
        pathOf(request.url),
        taken.join(', '),
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
