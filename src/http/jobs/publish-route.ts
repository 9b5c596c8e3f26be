import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { jobKinds } from '../../jobs/kinds.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import { hasEnded } from '../../jobs/record.ts';
import { Type } from '../../schema/builder.ts';
import { checkScope, visibleJob } from '../access/visible.ts';
import { errorResponses, JobParamsSchema, reference } from '../schemas.ts';
import { PreferSchema, type WaitOptions } from './prefer.ts';
import { respondWithJob } from './submit-job.ts';

export interface PublishRouteOptions extends WaitOptions {
  readonly jobs: Pick<JobQueue, 'catchUp' | 'get' | 'events' | 'publish'>;
}

const HeadersSchema = Type.Object({ prefer: PreferSchema });

/** Publishing the net that a failed job has kept. */
export function registerPublish(app: FastifyInstance, context: PublishRouteOptions): void {
  app.post<{ Params: Static<typeof JobParamsSchema>; Headers: Static<typeof HeadersSchema> }>(
    '/train/:id/publish',
    {
      schema: {
        tags: ['train'],
        operationId: 'publishJob',
        summary:
          'Try again to publish the net of a job that was trained, and could not be published.',
        description:
          'Nothing is trained again: the net lies on the disk of this server. However often it is called, also when an earlier try had been successful without anybody hearing of it, one net becomes one version.',
        headers: HeadersSchema,
        params: JobParamsSchema,
        response: {
          202: reference('Job', 'It waits for its turn, or is at work.'),
          200: reference('Job', 'Published: before, or, with "Prefer: wait", now.'),
          ...errorResponses(403, 404, 409, 503),
        },
      },
    },
    async (request, reply) => {
      const {
        id,
        kind,
        request: asked,
      } = await visibleJob(request, context.jobs, request.params.id);
      if (jobKinds[kind].subject(asked).releases) checkScope(request, 'release');
      const job = await context.jobs.publish(id);
      return respondWithJob(job, hasEnded(job) ? 200 : 202, request, reply, context);
    },
  );
}
