import type { FastifyInstance } from 'fastify';

/** Has the addresses in responses begin with what callers put before those of this server. */
export function nameBasePath(app: FastifyInstance, basePath: string): void {
  if (basePath === '') return;
  app.addHook('onSend', (_request, reply, _payload, done) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string' && location.startsWith('/'))
      void reply.header('location', `${basePath}${location}`);
    done();
  });
}
