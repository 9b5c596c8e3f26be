import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { errors } from '../../errors.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import type { JobEvent } from '../../jobs/record.ts';
import { Type } from '../../schema/builder.ts';
import { visibleJob } from '../access/visible.ts';
import { whenClientLeaves } from '../client-left.ts';
import { errorResponses, JobParamsSchema, textResponse } from '../schemas.ts';
import { unchecked } from '../validate-request.ts';
import { sendEvents, type StreamedEvent } from './event-stream.ts';

export interface JobEventsOptions {
  readonly jobs: Pick<JobQueue, 'catchUp' | 'get' | 'events'>;
  /** Aborts when the server shuts down, so that no event stream holds it up. */
  readonly closing: AbortSignal;
}

type JobRoute = { Params: Static<typeof JobParamsSchema> };

const LastEventSchema = Type.Object({
  'last-event-id': Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 999_999_999,
      description: 'The last epoch received before.',
    }),
  ),
});

/** The events of a job, as they happen. */
export function registerJobEvents(app: FastifyInstance, { jobs, closing }: JobEventsOptions): void {
  app.get<JobRoute>(
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
            'Events: stage, dataset, net, epoch, finished, note, state; of a search trial.',
          ),
          ...errorResponses(404),
        },
      },
    },
    (request, reply) => streamEvents(request, reply, { jobs, closing }),
  );
}

async function streamEvents(
  request: FastifyRequest<JobRoute>,
  reply: FastifyReply,
  { jobs, closing }: JobEventsOptions,
): Promise<FastifyReply> {
  const { id } = request.params;
  await visibleJob(request, jobs, id);
  const clientLeft = new AbortController();
  whenClientLeaves(reply, () => clientLeft.abort());
  const signal = AbortSignal.any([clientLeft.signal, closing]);
  const after = lastEpochOf(request);
  return sendEvents(
    reply,
    toStream(jobs.events(id, { signal, ...(after !== undefined && { after }) })),
  );
}

/** Only epochs carry an id: a client that connects again must not miss one or count it twice. */
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
