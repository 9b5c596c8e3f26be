import type { FastifyInstance } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { JobQueue } from '../../jobs/queue.ts';
import { Type } from '../../schema/builder.ts';
import { seesJob, visibleJob } from '../access/visible.ts';
import { errorResponses, JobParamsSchema, reference, textResponse } from '../schemas.ts';

type JobRoute = { Params: Static<typeof JobParamsSchema> };

/** Jobs of every kind: list, read and cancel them. */
export function registerJobsRoutes(
  app: FastifyInstance,
  jobs: Pick<JobQueue, 'catchUp' | 'get' | 'list' | 'cancel' | 'logs' | 'sheet'>,
): void {
  app.get(
    '/train',
    {
      schema: {
        tags: ['train'],
        operationId: 'listJobs',
        summary: 'All remembered jobs, newest first.',
        description: 'Of every kind, each with all that GET /train/{id} says of it.',
        response: { 200: reference('JobList', 'Jobs, newest first.') },
      },
    },
    async (request) => {
      await jobs.catchUp();
      return { jobs: jobs.list().filter((record) => seesJob(request, record)) };
    },
  );
  app.get<JobRoute>(
    '/train/:id',
    {
      schema: {
        tags: ['train'],
        operationId: 'getJob',
        summary: 'One job, with the figures of every epoch so far.',
        description: 'A job of any kind; it is remembered over restarts.',
        params: JobParamsSchema,
        response: jobResponse(404),
      },
    },
    async (request) => visibleJob(request, jobs, request.params.id),
  );
  app.delete<JobRoute>(
    '/train/:id',
    {
      schema: {
        tags: ['train'],
        operationId: 'cancelJob',
        summary: 'Cancel a job. A running one ends within moments; its state tells.',
        description:
          'What it has published before stays. A job that has ended cannot be cancelled, but one that keeps a net which is not published (publishable): it gives it up.',
        params: JobParamsSchema,
        response: jobResponse(404, 409),
      },
    },
    async (request) => jobs.cancel((await visibleJob(request, jobs, request.params.id)).id),
  );
  registerLogs(app, jobs);
  registerSheet(app, jobs);
}

const jobResponse = (...statuses: number[]): Record<number, TSchema> => ({
  200: reference('Job', 'The job.'),
  ...errorResponses(...statuses),
});

const LogsQuerySchema = Type.Object({
  tail: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Only so many lines, the newest.',
    }),
  ),
});

type LogsRoute = {
  Params: Static<typeof JobParamsSchema>;
  Querystring: Static<typeof LogsQuerySchema>;
};

/** The output of the processes of a job. Its events are the way to follow a job. */
function registerLogs(
  app: FastifyInstance,
  jobs: Pick<JobQueue, 'catchUp' | 'get' | 'logs'>,
): void {
  app.get<LogsRoute>(
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
    async (request, reply) => {
      const { params, query } = request;
      const lines = await jobs.logs(
        (await visibleJob(request, jobs, params.id)).id,
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

/** Some images of each class of a dataset that a job looked at, or what its net answered wrongly. */
function registerSheet(
  app: FastifyInstance,
  jobs: Pick<JobQueue, 'catchUp' | 'get' | 'sheet'>,
): void {
  app.get<JobRoute>(
    '/train/:id/sheet',
    {
      schema: {
        tags: ['train'],
        operationId: 'getContactSheet',
        summary:
          'The contact sheet of a dataset that a job looked at, or of the mistakes of a net.',
        description:
          'A row for each class, of twenty at most, with up to eight of its images as a model would get them; one far from the others has a red frame. Of a training: its mistakes, as its record tells them. Kept for as long as the job is remembered.',
        params: JobParamsSchema,
        response: {
          200: {
            description: 'At most 742 pixels wide and 1410 high.',
            content: { 'image/png': { schema: Type.String({ format: 'binary' }) } },
          },
          ...errorResponses(404),
        },
      },
    },
    async (request, reply) => {
      const png = await jobs.sheet((await visibleJob(request, jobs, request.params.id)).id);
      return reply.type('image/png').header('cache-control', 'private, no-store').send(png);
    },
  );
}
