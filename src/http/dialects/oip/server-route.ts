import type { FastifyInstance } from 'fastify';
import { reference } from '../../schemas.ts';
import type { DialectOptions } from '../dialect.ts';
import { oipRoute } from './oip-schemas.ts';

/** Extensions of the protocol that are spoken here, told truthfully. */
const extensions = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'statistics',
  'parameters',
];

/** What the server says of itself, over whichever wire. */
function serverMetadata(version: string) {
  return { name: 'glimpse', version, extensions };
}

/** What the server is, and whether it answers. */
export function registerServer(
  app: FastifyInstance,
  { version, readiness }: Pick<DialectOptions, 'version' | 'readiness'>,
): void {
  const answer = async () => serverMetadata(version);
  app.get(
    '/v2',
    oipRoute(
      {
        operationId: 'oipGetServer',
        summary: 'Which server this is, and which extensions of the protocol it has.',
        description: 'Other addresses of the protocol lie below this one. /v2/ is the same.',
      },
      'OipServerMetadata',
    ),
    answer,
  );
  // The specification has both; a contract has one address for one thing.
  app.get('/v2/', { schema: { hide: true } }, answer);
  app.get(
    '/v2/health/live',
    oipRoute(
      {
        operationId: 'oipLive',
        summary: 'Does the process answer?',
        description: 'The same as /livez.',
      },
      'OipLive',
    ),
    async (_request, reply) => reply.header('cache-control', 'no-store').send({ live: true }),
  );
  app.get(
    '/v2/health/ready',
    oipRoute(
      {
        operationId: 'oipReady',
        summary: 'Should this process get traffic?',
        description: 'The same as /readyz.',
      },
      'OipServerReady',
      undefined,
      { 503: reference('OipServerReady', 'No, for these reasons.') },
    ),
    async (_request, reply) => {
      const { ready, reasons } = readiness();
      void reply.header('cache-control', 'no-store');
      return reply.code(ready ? 200 : 503).send({ ready, reasons });
    },
  );
}
