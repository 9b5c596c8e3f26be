import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { DatasetCatalogue } from '../../datasets/catalogue.ts';
import type { JobRecord } from '../../jobs/record.ts';
import { Type } from '../../schema/builder.ts';
import { acceptEncodedBodies } from '../content-encoding.ts';
import { errorResponses, reference, type Operation } from '../schemas.ts';
import {
  DatasetParamsSchema,
  DigestParamsSchema,
  DryRunSchema,
  importBody,
} from './datasets-schemas.ts';
import {
  formValidator,
  JobHeadersSchema,
  jobResponses,
  submitJob,
  type JobHeaders,
  type SubmitContext,
} from './submit-job.ts';

export interface DatasetRouteOptions extends SubmitContext {
  readonly datasets: DatasetCatalogue;
}

/** Stored datasets: import one, list and read them. */
export async function registerDatasetRoutes(
  app: FastifyInstance,
  context: DatasetRouteOptions,
): Promise<void> {
  await app.register(multipart);
  acceptEncodedBodies(app);
  registerImport(app, context);
  registerQueries(app, context.datasets);
  registerDeletion(app, context.datasets);
}

/** The response when the request created nothing. */
const existingDatasetOrJob = Type.Unsafe({
  description:
    'With "Prefer: wait": the same examples were stored before; of a dry run what was understood of the dataset. Else the job this idempotency key has made before.',
  title: 'ImportResult',
  anyOf: [reference('StoredDataset'), reference('DatasetLook'), reference('Job')],
});

function registerImport(app: FastifyInstance, context: DatasetRouteOptions): void {
  app.post<{ Headers: JobHeaders; Querystring: Static<typeof DryRunSchema> }>(
    '/datasets',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['datasets'],
        operationId: 'importDataset',
        summary: 'Clean, check and store a dataset under its digest, as a job.',
        description:
          'Bad rows, repeated examples and the same pixels under two labels are left out and reported. Training and evaluation read what is stored as dataset:name. With dryRun nothing is stored: the job tells what was understood of the dataset and what there is to doubt (looked), and draws a contact sheet.',
        headers: JobHeadersSchema,
        querystring: DryRunSchema,
        body: importBody,
        response: {
          ...jobResponses,
          201: reference('StoredDataset', 'With "Prefer: wait": stored; location names it.'),
          200: existingDatasetOrJob,
        },
      },
    },
    (request, reply) =>
      request.query.dryRun === true
        ? submitJob('look', request, reply, context, {
            onSuccess: (job) => sendLooked(reply, job),
          })
        : submitJob('import', request, reply, context, {
            onSuccess: (job) => sendStored(reply, job, context.datasets),
          }),
  );
}

/** What a look found, and the job that has it and the contact sheet. */
async function sendLooked(reply: FastifyReply, { id, looked }: JobRecord): Promise<FastifyReply> {
  if (!looked) throw new Error('a look has found nothing: this is our bug');
  return reply.code(200).header('location', `/train/${id}`).send(looked);
}

/** What an import stored: new, or the same examples as before. */
async function sendStored(
  reply: FastifyReply,
  { imported }: JobRecord,
  datasets: DatasetCatalogue,
): Promise<FastifyReply> {
  if (!imported) throw new Error('an import has stored nothing: this is our bug');
  const { name, digest, created } = imported;
  return reply
    .code(created ? 201 : 200)
    .header('location', `/datasets/${name}/${digest}`)
    .send(await datasets.find(name, digest));
}

function registerQueries(app: FastifyInstance, datasets: DatasetCatalogue): void {
  app.get(
    '/datasets',
    routeSchema(
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
    routeSchema(
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
    routeSchema(
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

function registerDeletion(app: FastifyInstance, datasets: DatasetCatalogue): void {
  app.delete<{ Params: Static<typeof DigestParamsSchema> }>(
    '/datasets/:name/:digest',
    routeSchema(
      {
        operationId: 'deleteDataset',
        summary: 'Delete one stored dataset; it can be taken back for some time.',
        description:
          'Who names the dataset alone means the newest that is left. A later import of the same examples takes it back. Its files stay until until, and then until glimpse prune removes them. Models that were compared on it are not compared any more, and keep their label.',
      },
      'Deleted',
      DigestParamsSchema,
      [404, 409, 422, 503],
    ),
    async (request) => {
      const { name, digest: beginning } = request.params;
      const { digest, deletedAt, until } = await datasets.delete(name, beginning);
      request.auditedChange = { from: { name, digest }, to: { deletedAt } };
      return { dataset: name, digest, deletedAt, until };
    },
  );
  app.post<{ Params: Static<typeof DigestParamsSchema> }>(
    '/datasets/:name/:digest/restore',
    routeSchema(
      {
        operationId: 'restoreDataset',
        summary: 'Take back the deletion of a dataset.',
        description: 'By its whole digest, while its files are there.',
      },
      'StoredDataset',
      DigestParamsSchema,
      [404, 409, 422, 503],
    ),
    async (request) => {
      const { name, digest } = request.params;
      request.auditedChange = { from: { deleted: digest }, to: { name, digest } };
      return await datasets.restore(name, digest);
    },
  );
}

function routeSchema(
  operation: Operation,
  responseSchema: string,
  params?: TSchema,
  statuses: readonly number[] = [404, 422, 503],
): object {
  const response = {
    200: reference(responseSchema, 'As asked.'),
    ...errorResponses(...statuses),
  };
  return { schema: { tags: ['datasets'], ...operation, ...(params && { params }), response } };
}
