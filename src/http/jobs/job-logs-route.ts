import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { JobQueue } from '../../jobs/queue.ts';
import { errorResponses, JobParamsSchema, textResponse } from '../schemas.ts';

const LogsQuerySchema = Type.Object({
  tail: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Only so many lines, the newest.',
    }),
  ),
});

type Logs = { Params: Static<typeof JobParamsSchema>; Querystring: Static<typeof LogsQuerySchema> };

/** What the processes of a job said. To follow a job there are its events. */
export function registerJobLogs(app: FastifyInstance, jobs: Pick<JobQueue, 'logs'>): void {
  app.get<Logs>(
    '/train/:id/logs',
    {
      schema: {
        tags: ['train'],
        operationId: 'getJobLogs',
        summary: 'What a job and its processes said, one line each with its time.',
        description: 'Kept over restarts, for as long as the job is remembered.',
        params: JobParamsSchema,
        querystring: LogsQuerySchema,
        response: {
          200: textResponse('text/plain', 'Lines, oldest first; very long logs lack their middle.'),
          ...errorResponses(404),
        },
      },
    },
    async ({ params, query }, reply) => {
      const lines = await jobs.logs(
        params.id,
        query.tail === undefined ? {} : { lastLines: query.tail },
      );
      return reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-content-type-options', 'nosniff')
        .send(lines);
    },
  );
}
