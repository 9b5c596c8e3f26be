import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
import { errors, restoreError, withDetails } from '../../errors.ts';
import type { DatasetCatalogue } from '../../datasets/catalogue.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import { hasEnded, type JobStateEvent } from '../../jobs/record.ts';
import {
  DatasetParamsSchema,
  DigestParamsSchema,
  importBody,
  ImportHeadersSchema,
} from './datasets-schemas.ts';
import {
  formValidator,
  jobResponses,
  optionsOf,
  receiveRequest,
  sendJob,
  submitForm,
} from './job-requests.ts';
import { waitOf } from './prefer.ts';
import { errorResponses, reference, type Operation } from '../schemas.ts';
import type { UploadLimits } from './train-upload.ts';

export interface DatasetRouteOptions {
  readonly datasets: DatasetCatalogue;
  readonly jobs: Pick<JobQueue, 'importDataset' | 'events' | 'get'>;
  readonly uploads: UploadLimits;
  /** Aborts when the server shuts down: whoever waits for a job then hears how far it is. */
  readonly closing: AbortSignal;
}

/** Stored datasets: import one, look at what there is. */
export async function registerDatasetRoutes(
  app: FastifyInstance,
  parts: DatasetRouteOptions,
): Promise<void> {
  await app.register(multipart);
  registerImport(app, parts);
  registerReading(app, parts.datasets);
}

/** Nothing new came of the request. */
const importedBefore = Type.Unsafe({
  description:
    'With "Prefer: wait": the same examples were stored before. Else the job this idempotency key has made before.',
  anyOf: [reference('StoredDataset'), reference('Job')],
});

function registerImport(app: FastifyInstance, parts: DatasetRouteOptions): void {
  app.post<{ Headers: Static<typeof ImportHeadersSchema> }>(
    '/datasets',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['datasets'],
        operationId: 'importDataset',
        summary: 'Clean, check and store a dataset under its digest, as a job.',
        description:
          'Bad rows, repeated examples and the same pixels under two labels are left out and reported. Training and evaluation read what is stored as dataset:name.',
        headers: ImportHeadersSchema,
        body: importBody,
        response: {
          ...jobResponses,
          201: reference('StoredDataset', 'With "Prefer: wait": stored; location names it.'),
          200: importedBefore,
        },
      },
    },
    async (request, reply) => {
      const form = await receiveRequest(request, parts.uploads);
      const submitted = parts.jobs.importDataset(form.request, optionsOf(request, form));
      const taken = await submitForm(form, submitted);
      const seconds = waitOf(request.headers.prefer);
      if (seconds === undefined) return sendJob(reply, taken);
      const { job, created } = taken;
      void reply.header('preference-applied', `wait=${seconds}`);
      const end = await waitFor(job.id, seconds, reply, parts);
      if (end) return answerEnd(reply, job.id, end, parts.datasets);
      return sendJob(reply, { job: parts.jobs.get(job.id), created });
    },
  );
}

/** How the job has ended; undefined when it has not, in the time there was. */
async function waitFor(
  id: string,
  seconds: number,
  reply: FastifyReply,
  { jobs, closing }: DatasetRouteOptions,
): Promise<JobStateEvent | undefined> {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  const late = AbortSignal.timeout(seconds * 1000);
  const signal = AbortSignal.any([left.signal, late, closing]);
  for await (const event of jobs.events(id, { signal })) {
    if (event.type === 'state' && hasEnded(event)) return event;
  }
  return undefined;
}

/** What was stored, or why nothing was: the error of the job is the error of the call. */
async function answerEnd(
  reply: FastifyReply,
  job: string,
  { imported, error }: JobStateEvent,
  datasets: DatasetCatalogue,
): Promise<FastifyReply> {
  if (error) throw withDetails(restoreError(error), { ...error.details, job });
  if (!imported) throw withDetails(new errors.GLIMPSE_TRAINING_CANCELLED(), { job });
  const { name, digest, created } = imported;
  return reply
    .code(created ? 201 : 200)
    .header('location', `/datasets/${name}/${digest}`)
    .send(await datasets.find(name, digest));
}

function registerReading(app: FastifyInstance, datasets: DatasetCatalogue): void {
  app.get(
    '/datasets',
    describing(
      {
        operationId: 'listDatasets',
        summary: 'All names, each with its latest dataset.',
        description:
          'A dataset whose description cannot be read has a problem instead of its facts.',
      },
      'DatasetList',
    ),
    async () => ({
      datasets: await datasets.list(),
    }),
  );
  app.get<{ Params: Static<typeof DatasetParamsSchema> }>(
    '/datasets/:name',
    describing(
      {
        operationId: 'getDatasetHistory',
        summary: 'The datasets of one name, newest first.',
        description: 'Datasets never change: a new import under the name is one more.',
      },
      'DatasetHistory',
      DatasetParamsSchema,
    ),
    async (request) => datasets.history(request.params.name),
  );
  app.get<{ Params: Static<typeof DigestParamsSchema> }>(
    '/datasets/:name/:digest',
    describing(
      {
        operationId: 'getDataset',
        summary: 'One dataset, with the report of what was left out.',
        description:
          'Also by the first digits of its digest, when only one dataset of the name begins so.',
      },
      'StoredDataset',
      DigestParamsSchema,
    ),
    async (request) => datasets.find(request.params.name, request.params.digest),
  );
}

function describing(operation: Operation, answer: string, params?: TSchema): object {
  const response = { 200: reference(answer, 'As asked.'), ...errorResponses(404, 422, 503) };
  return { schema: { tags: ['datasets'], ...operation, ...(params && { params }), response } };
}
