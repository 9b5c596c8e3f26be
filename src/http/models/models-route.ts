import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { seesModel } from '../access/visible.ts';
import { takeEncodedBodies } from '../content-encoding.ts';
import { unwrapIfMatch, wrapEtag } from './label-etag.ts';
import { IfMatchSchema, LabelTargetSchema } from './models-schemas.ts';
import {
  errorResponses,
  LabelParamsSchema,
  ModelParamsSchema,
  reference,
  VersionParamsSchema,
  type Operation,
} from '../schemas.ts';

type Described = Pick<
  Registry,
  'describe' | 'describeModel' | 'describeVersion' | 'reconcile' | 'seek' | 'setLabel'
>;
type InLabel = { Params: Static<typeof LabelParamsSchema>; Headers: Static<typeof IfMatchSchema> };

/** What is at rest and what is loaded, and the labels that decide which version answers. */
export function registerModelsRoutes(
  app: FastifyInstance,
  registry: Described,
  defaultModel: string,
): void {
  takeEncodedBodies(app);
  registerModels(app, registry, defaultModel);
  registerVersion(app, registry);
  registerRefresh(app, registry);
  registerLabels(app, registry);
}

function registerModels(app: FastifyInstance, registry: Described, defaultModel: string): void {
  app.get(
    '/models',
    describing(
      {
        operationId: 'listModels',
        summary: 'All models.',
        description:
          'What lies in the repository and what of it is loaded in this process, as of now.',
      },
      'ModelList',
    ),
    async (request) => ({
      defaultModel,
      models: registry
        .describe()
        .filter(({ model }) => seesModel(request, model))
        .map((model) => ({ ...model, etag: undefined })),
    }),
  );
  app.get<{ Params: Static<typeof ModelParamsSchema> }>(
    '/models/:model',
    describing(
      {
        operationId: 'getModel',
        summary: 'One model, its labels and versions.',
        description: 'The etag is that of its labels: send it back as if-match to move one.',
      },
      'Model',
      {
        params: ModelParamsSchema,
      },
    ),
    async (request, reply) => {
      await registry.seek(request.params.model);
      const { etag, ...model } = registry.describeModel(request.params.model);
      return withEtag(reply, etag).send(model);
    },
  );
}

function registerVersion(app: FastifyInstance, registry: Described): void {
  app.get<{ Params: Static<typeof VersionParamsSchema> }>(
    '/models/:model/versions/:version',
    describing(
      {
        operationId: 'getVersion',
        summary: 'One version with its signature, preprocessing, lineage and figures.',
        description:
          'The fields of its manifest are left out when the manifest cannot be read; reason says why.',
      },
      'Version',
      {
        params: VersionParamsSchema,
      },
    ),
    async (request) => {
      const { model, version } = request.params;
      const { manifest, ...status } = await registry.describeVersion(model, version);
      if (!manifest) return status;
      const { createdAt, runtime, files, signature, preprocessing, gate } = manifest;
      const { golden, lineage, metrics } = manifest;
      const described = { createdAt, runtime, files, signature, preprocessing };
      return { ...status, ...described, gate, golden, lineage, metrics };
    },
  );
}

function registerRefresh(app: FastifyInstance, registry: Described): void {
  app.post<{ Params: Static<typeof ModelParamsSchema> }>(
    '/models/:model/refresh',
    describing(
      {
        operationId: 'refreshModel',
        summary: 'Look into the repository now, not only at the next poll.',
        description:
          'Answers when what is at rest now was seen, and has been loaded or has failed to load: what was published, or rolled back, before the call is in force afterwards.',
      },
      'Model',
      { params: ModelParamsSchema },
    ),
    async (request, reply) => {
      await registry.reconcile();
      const { etag, ...model } = registry.describeModel(request.params.model);
      return withEtag(reply, etag).send(model);
    },
  );
}

function registerLabels(app: FastifyInstance, registry: Described): void {
  app.put<InLabel & { Body: Static<typeof LabelTargetSchema> }>(
    '/models/:model/labels/:label',
    describing(
      {
        operationId: 'setLabel',
        summary: 'Point a label at a version: release, or roll back.',
        description:
          'A version that is not loaded yet answers for the label as soon as it is; until then the one before does.',
      },
      'Labels',
      {
        params: LabelParamsSchema,
        headers: IfMatchSchema,
        body: LabelTargetSchema,
      },
      labelStatuses,
    ),
    async (request, reply) => {
      const { model, label } = request.params;
      const ifMatch = unwrapIfMatch(request.headers['if-match']);
      const change = { model, label, version: request.body.version };
      return answerLabels(
        reply,
        model,
        await registry.setLabel({ ...change, ...(ifMatch && { ifMatch }) }),
      );
    },
  );
  app.delete<InLabel>(
    '/models/:model/labels/:label',
    describing(
      {
        operationId: 'removeLabel',
        summary: 'Remove a label.',
        description: 'The version stays, under its number and its other labels.',
      },
      'Labels',
      { params: LabelParamsSchema, headers: IfMatchSchema },
      labelStatuses,
    ),
    async (request, reply) => {
      const { model, label } = request.params;
      const ifMatch = unwrapIfMatch(request.headers['if-match']);
      const change = { model, label, version: null };
      return answerLabels(
        reply,
        model,
        await registry.setLabel({ ...change, ...(ifMatch && { ifMatch }) }),
      );
    },
  );
}

type Moved = Awaited<ReturnType<Registry['setLabel']>>;

function answerLabels(reply: FastifyReply, model: string, moved: Moved): FastifyReply {
  return withEtag(reply, moved.etag).send({ model, labels: moved.labels });
}

function withEtag(reply: FastifyReply, etag: string | undefined): FastifyReply {
  return etag === undefined ? reply : reply.header('etag', wrapEtag(etag));
}

/** A label cannot be moved when somebody else was faster, and when the labels at rest cannot be read. */
const labelStatuses = [404, 409, 422, 503];

function describing(
  operation: Operation,
  answer: string,
  parts: object = {},
  statuses: readonly number[] = [404, 503],
): object {
  return {
    schema: {
      tags: ['models'],
      ...operation,
      ...parts,
      response: {
        200: reference(answer, 'As asked.'),
        ...errorResponses(...statuses),
      },
    },
  };
}
