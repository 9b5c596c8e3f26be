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
  unchecked,
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
import { evaluateBody, LastEventSchema, trainBody } from './train-schemas.ts';

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
  registerFollow(app, context);
  registerJobLogs(app, context.jobs);
}

function registerSubmit(app: FastifyInstance, context: TrainRouteOptions): void {
  app.post<{ Headers: JobHeaders }>(
    '/train',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['train'],
        operationId: 'train',
        summary: 'Train a new version in the background. An empty request trains the default.',
        description:
          'The request is checked whole before it is accepted. What comes out is published as the next version of the model, and only when the job has succeeded.',
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
        operationId: 'evaluateVersion',
        summary: 'Measure a version on labelled examples, as a job.',
        description: 'Changes nothing of the version. The figures are in the job, under metrics.',
        params: VersionParamsSchema,
        headers: JobHeadersSchema,
        body: evaluateBody,
        response: jobResponses,
      },
    },
    (request, reply) => submitJob('evaluate', request, reply, context, { path: request.params }),
  );
}

function registerLooking(app: FastifyInstance, { jobs }: TrainRouteOptions): void {
  app.get(
    '/train',
    {
      schema: {
        tags: ['train'],
        operationId: 'listJobs',
        summary: 'All remembered jobs, newest first.',
        description: 'Of every kind, each with all that GET /train/{id} says of it.',
        response: { 200: reference('JobList', 'Jobs, newest first.'), ...errorResponses() },
      },
    },
    async () => ({ jobs: jobs.list() }),
  );
  app.get<Named>(
    '/train/:id',
    {
      schema: {
        tags: ['train'],
        operationId: 'getJob',
        summary: 'One job, with the figures of every epoch so far.',
        description: 'A job of any kind; it is remembered over restarts.',
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
        operationId: 'cancelJob',
        summary: 'Cancel a job. A running one ends within moments; its state tells.',
        description:
          'What it has published before stays. A job that has ended cannot be cancelled.',
        params: JobParamsSchema,
        response: answers(404, 409),
      },
    },
    async (request) => jobs.cancel(request.params.id),
  );
}

function registerFollow(app: FastifyInstance, { jobs, closing }: TrainRouteOptions): void {
  app.get<Named>(
    '/train/:id/events',
    {
      exposeHeadRoute: false,
      validatorCompiler: unchecked('headers'),
      schema: {
        tags: ['train'],
        operationId: 'followJob',
        summary: 'What happens to a job, as server-sent events, from its start until it has ended.',
        description:
          'The data of each event is JSON. Events of epochs carry an id; with the last one received in the header last-event-id, as browsers send it, a client that was cut off misses and repeats none.',
        headers: LastEventSchema,
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
