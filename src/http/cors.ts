import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const allowedMethods = 'GET, HEAD, POST, PUT, DELETE';
const allowedHeaders =
  'authorization, content-type, idempotency-key, if-match, last-event-id, prefer, traceparent, x-api-key, x-request-id, x-request-timeout-ms';
const exposedHeaders =
  'etag, glimpse-batch, glimpse-model-digest, glimpse-prediction-id, glimpse-preprocessing-digest, glimpse-stale, glimpse-warnings, location, preference-applied, retry-after, server-timing, traceparent, www-authenticate, x-request-id';

/** How long a browser may cache the response to a preflight. */
const maxAgeSeconds = 600;

/**
 * Lets pages of these origins read responses (Fetch standard, CORS protocol); `*` is any origin. Without an
 * origin nothing is installed: no header is sent, and OPTIONS is refused like any method a call does not have.
 * Cookies and other ambient credentials are never allowed; a key in a header is a header like another.
 */
export function installCors(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const isAny = origins.includes('*');
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('vary', 'origin');
    const { origin } = request.headers;
    if (origin === undefined || !(isAny || origins.includes(origin))) return undefined;
    void reply
      .header('access-control-allow-origin', isAny ? '*' : origin)
      .header('access-control-expose-headers', exposedHeaders);
    return isPreflight(request) ? sendPreflightResponse(reply) : undefined;
  });
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function sendPreflightResponse(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', allowedMethods)
    .header('access-control-allow-headers', allowedHeaders)
    .header('access-control-max-age', maxAgeSeconds)
    .send();
}
