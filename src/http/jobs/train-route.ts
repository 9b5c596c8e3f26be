import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { errors } from '../../errors.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import type { JobEvent } from '../../jobs/record.ts';
import { registerJobLogs } from './job-logs-route.ts';
import { sendEvents, type StreamedEvent } from './event-stream.ts';
import {
  errorResponses,
  JobParamsSchema,
  reference,
  textResponse,
  VersionParamsSchema,
} from '../schemas.ts';
import {
  formValidator,
  JobHeadersSchema,
  jobResponses,
  submitJob,
  type JobHeaders,
  type SubmitContext,
} from './submit-job.ts';
import { evaluateBody, trainBody } from './train-schemas.ts';

export interface TrainRouteOptions extends SubmitContext {
  readonly jobs: Pick<JobQueue, 'submit' | 'get' | 'list' | 'cancel' | 'events' | 'logs'>;
}

type Named = { Params: Static<typeof JobParamsSchema> };

/** Training jobs: hand one in, look at it, follow it, cancel it. */
export async function registerTrainRoutes(
  app: FastifyInstance,
  context: TrainRouteOptions,
): Promise<void> {
  await app.register(multipart);
  registerSubmit(app, context);
  registerEvaluate(app, context);
  registerLooking(app, context);
  registerJobLogs(app, context.jobs);
}

function registerSubmit(app: FastifyInstance, context: TrainRouteOptions): void {
  app.post<{ Headers: JobHeaders }>(
    '/train',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['train'],
        summary: 'Train a new version in the background. An empty request trains the default.',
        headers: JobHeadersSchema,
        body: trainBody,
        response: jobResponses,
      },
    },
    (request, reply) => submitJob('train', request, reply, context),
  );
}

type Evaluated = {
  Params: Static<typeof VersionParamsSchema>;
  Headers: JobHeaders;
};

function registerEvaluate(app: FastifyInstance, context: TrainRouteOptions): void {
  app.post<Evaluated>(
    '/models/:model/versions/:version/evaluate',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['train'],
        summary: 'Measure a version on labelled examples, as a job.',
        params: VersionParamsSchema,
        headers: JobHeadersSchema,
        body: evaluateBody,
        response: jobResponses,
      },
    },
    (request, reply) => submitJob('evaluate', request, reply, context, { address: request.params }),
  );
}

function registerLooking(app: FastifyInstance, { jobs, closing }: TrainRouteOptions): void {
  app.get(
    '/train',
    {
      schema: {
        tags: ['train'],
        summary: 'All remembered jobs, newest first.',
        response: { 200: reference('JobList', 'Jobs, newest first.') },
      },
    },
    async () => ({ jobs: jobs.list() }),
  );
  app.get<Named>(
    '/train/:id',
    {
      schema: {
        tags: ['train'],
        summary: 'One job, with the figures of every epoch so far.',
        params: JobParamsSchema,
        response: answers(404),
      },
    },
    async (request) => jobs.get(request.params.id),
  );
  app.delete<Named>(
    '/train/:id',
    {
      schema: {
        tags: ['train'],
        summary: 'Cancel a job. A running one ends within moments; its state tells.',
        params: JobParamsSchema,
        response: answers(404, 409),
      },
    },
    async (request) => jobs.cancel(request.params.id),
  );
  app.get<Named>(
    '/train/:id/events',
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['train'],
        summary: 'What happens to a job, as server-sent events, from its start until it has ended.',
        params: JobParamsSchema,
        response: {
          200: textResponse(
            'text/event-stream',
            'Events: stage, dataset, net, epoch, note, state.',
          ),
          ...errorResponses(404),
        },
      },
    },
    (request, reply) => follow(request, reply, jobs, closing),
  );
}

const answers = (...statuses: number[]): Record<number, TSchema> => ({
  200: reference('Job', 'The job.'),
  ...errorResponses(...statuses),
});

function follow(
  request: FastifyRequest<Named>,
  reply: FastifyReply,
  jobs: TrainRouteOptions['jobs'],
  closing: AbortSignal,
): FastifyReply {
  const { id } = request.params;
  jobs.get(id);
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  const signal = AbortSignal.any([left.signal, closing]);
  const after = lastEpochOf(request);
  return sendEvents(
    reply,
    toStream(jobs.events(id, { signal, ...(after !== undefined && { after }) })),
  );
}

/** Only epochs carry an id: they are what a client that was cut off must not miss or count twice. */
async function* toStream(events: AsyncGenerator<JobEvent>): AsyncGenerator<StreamedEvent> {
  for await (const event of events) {
    const { type, ...data } = event;
    if (event.type === 'epoch') yield { type, id: event.epoch.epoch, data: event.epoch };
    else yield { type, data };
  }
}

function lastEpochOf(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^\d{1,9}$/.test(header)) return Number(header);
  throw new errors.GLIMPSE_BAD_REQUEST('last-event-id is the number of the last epoch received.');
}
