import type { FastifyInstance, FastifyReply } from 'fastify';
import { reference } from './schemas.ts';

export interface HealthRouteOptions {
  readonly version: string;
  /** Whether every model that should answer can, and if not, why not. */
  readiness(): { ready: boolean; reasons: string[] };
}

/**
 * live: this process answers. ready: it should get traffic. Whoever asks only by status finds the
 * truth in the status; the reasons are in the body. HEAD works on all of them.
 */
export function registerHealthRoutes(app: FastifyInstance, parts: HealthRouteOptions): void {
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
      return { status: 'ok', version: parts.version };
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
      async (_request, reply) => answerReadiness(reply, parts),
    );
  }
}

function answerReadiness(reply: FastifyReply, parts: HealthRouteOptions): object {
  const { ready, reasons } = parts.readiness();
  void reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
  return { status: ready ? 'ok' : 'unavailable', version: parts.version, reasons };
}
