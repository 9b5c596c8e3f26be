import type { FastifyInstance, FastifyReply } from 'fastify';
import { reference } from './schemas.ts';

export interface HealthRouteOptions {
  readonly version: string;
  /** Whether every model that should answer can, and if not, why not. */
  readiness(): { ready: boolean; reasons: string[] };
}

/**
 * live: this process answers. ready: it should get traffic. The status alone is enough for a probe; the
 * reasons are in the body. HEAD works on all of them.
 */
export function registerHealthRoutes(app: FastifyInstance, options: HealthRouteOptions): void {
  app.get(
    '/livez',
    {
      schema: {
        tags: ['health'],
        operationId: 'getLiveness',
        summary: 'Does the process answer?',
        description:
          'Asks nothing of models, stores or disks: restart the process when it does not answer.',
        response: { 200: reference('Health', 'Yes.') },
      },
    },
    async (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return { status: 'ok', version: options.version };
    },
  );
  for (const [url, operationId, summary] of [
    ['/readyz', 'getReadiness', 'Should this process get traffic? 503 names the reasons.'],
    ['/health', 'getHealth', 'The same as /readyz, under the name many platforms ask for.'],
    ['/ping', 'ping', 'The same as /readyz, under the name SageMaker asks for.'],
  ] as const) {
    app.get(
      url,
      {
        schema: {
          tags: ['health'],
          operationId,
          summary,
          description:
            'Ready is a server whose default model answers and which is not shutting down.',
          response: {
            200: reference('Health', 'Yes.'),
            503: reference('Health', 'No, for these reasons.'),
          },
        },
      },
      async (_request, reply) => sendReadiness(reply, options),
    );
  }
}

function sendReadiness(reply: FastifyReply, options: HealthRouteOptions): object {
  const { ready, reasons } = options.readiness();
  void reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
  return { status: ready ? 'ok' : 'unavailable', version: options.version, reasons };
}
