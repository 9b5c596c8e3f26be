import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { errors } from '../../errors.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import type { JobRecord } from '../../jobs/record.ts';
import { Type } from '../../schema/builder.ts';
import { SearchRequestSchema } from '../../training/searching/search-request.ts';
import { seesJob, visibleJob } from '../access/visible.ts';
import { acceptEncodedBodies } from '../content-encoding.ts';
import { errorResponses, JobParamsSchema, reference } from '../schemas.ts';
import {
  formValidator,
  JobHeadersSchema,
  jobResponses,
  submitJob,
  type JobHeaders,
  type SubmitContext,
} from './submit-job.ts';

export const searchSchemas = [
  Type.Object(SearchRequestSchema.properties, {
    additionalProperties: false,
    required: ['ranges'],
    $id: 'SearchRequest',
    description: 'Only ranges must be given.',
  }),
  Type.Object({ searches: Type.Array(reference('Job')) }, { $id: 'SearchList' }),
];

export interface SearchesOptions extends SubmitContext {
  readonly jobs: Pick<JobQueue, 'submit' | 'events' | 'catchUp' | 'get' | 'list' | 'cancel'>;
}

type SearchRoute = { Params: Static<typeof JobParamsSchema> };

/** Searches for hyperparameters: jobs whose trials are jobs. */
export async function registerSearches(
  app: FastifyInstance,
  options: SearchesOptions,
): Promise<void> {
  // A form is taken in, so that its files are refused by what they are.
  await app.register(multipart);
  acceptEncodedBodies(app);
  registerStart(app, options);
  registerRead(app, options.jobs);
}

function registerStart(app: FastifyInstance, options: SearchesOptions): void {
  app.post<{ Headers: JobHeaders }>(
    '/searches',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['train'],
        operationId: 'startSearch',
        summary:
          'Search for good hyperparameters: trials in the background, the best one published.',
        description:
          'Random search or successive halving over ranges. Every trial is a job, and is compared on validation examples; the winner is trained as any other and measured on test examples that no trial was compared by. All trials, and the ends of all ranges, are checked before the search is accepted.',
        headers: JobHeadersSchema,
        body: reference('SearchRequest'),
        response: jobResponses,
      },
    },
    (request, reply) => submitJob('search', request, reply, { ...options, at: '/searches' }),
  );
}

function registerRead(app: FastifyInstance, jobs: SearchesOptions['jobs']): void {
  app.get(
    '/searches',
    {
      schema: {
        tags: ['train'],
        operationId: 'listSearches',
        summary: 'All remembered searches, newest first.',
        description: 'Each with all that GET /searches/{id} says of it.',
        response: { 200: reference('SearchList', 'Searches, newest first.') },
      },
    },
    async (request) => {
      await jobs.catchUp();
      const isShown = (record: JobRecord): boolean => isSearch(record) && seesJob(request, record);
      return { searches: jobs.list().filter(isShown) };
    },
  );
  app.get<SearchRoute>(
    '/searches/:id',
    {
      schema: {
        tags: ['train'],
        operationId: 'getSearch',
        summary: 'One search, with its trials so far and the winner.',
        description: 'It is a job as well: GET /train/{id}/events and /logs follow it.',
        params: JobParamsSchema,
        response: { 200: reference('Job', 'The search.'), ...errorResponses(404) },
      },
    },
    (request) => visibleSearch(request, jobs),
  );
  app.delete<SearchRoute>(
    '/searches/:id',
    {
      schema: {
        tags: ['train'],
        operationId: 'cancelSearch',
        summary: 'Cancel a search, and the trial that is at work.',
        description: 'Trials that have ended keep their figures. Nothing is published.',
        params: JobParamsSchema,
        response: { 200: reference('Job', 'The search.'), ...errorResponses(404, 409) },
      },
    },
    async (request) => jobs.cancel((await visibleSearch(request, jobs)).id),
  );
}

function isSearch({ kind }: JobRecord): boolean {
  return kind === 'search';
}

/** GLIMPSE_JOB_NOT_FOUND also for a job that is no search. */
async function visibleSearch(
  request: FastifyRequest<SearchRoute>,
  jobs: SearchesOptions['jobs'],
): Promise<JobRecord> {
  const record = await visibleJob(request, jobs, request.params.id);
  if (isSearch(record)) return record;
  throw new errors.GLIMPSE_JOB_NOT_FOUND(record.id);
}
