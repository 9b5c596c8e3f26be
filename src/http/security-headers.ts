import type { FastifyInstance } from 'fastify';

/**
 * For every response: nothing of it is run, framed, sniffed or embedded by other sites (OWASP Secure Headers
 * Project). Whether browsers may only come by HTTPS is not said: that would hold for every port of the host.
 */
const headers = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Sets them first, so that a page that needs more, as the one of the contract does, can say so itself. */
export function installSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
}
