import type { FastifyInstance } from 'fastify';
import type { Registry } from '../registry/registry.ts';

/** Seconds since the repository last answered; only while that is longer ago than it should be. */
const staleHeader = 'glimpse-stale';

/** Marks whatever the calls of a scope answer while what is known of the repository is stale. */
export function markStaleAnswers(
  scope: FastifyInstance,
  registry: Pick<Registry, 'freshness'>,
): void {
  scope.addHook('onSend', (_request, reply, _payload, done) => {
    const since = registry.freshness().staleSince;
    if (since === undefined) return done();
    // A clock that was set back must not make a time of less than nothing.
    const seconds = Math.max(0, Math.round((Date.now() - since.getTime()) / 1000));
    void reply.header(staleHeader, String(seconds));
    return done();
  });
}
