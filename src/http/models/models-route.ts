import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { unwrapIfMatch, wrapEtag } from './label-etag.ts';
import { IfMatchSchema, LabelTargetSchema } from './models-schemas.ts';
import {
  errorResponses,
  LabelParamsSchema,
  ModelParamsSchema,
  reference,
  VersionParamsSchema,
} from '../schemas.ts';

type Described = Pick<
  Registry,
  'describe' | 'describeModel' | 'describeVersion' | 'seek' | 'setLabel'
>;
type InLabel = { Params: Static<typeof LabelParamsSchema>; Headers: Static<typeof IfMatchSchema> };

/** What is at rest and what is loaded, and the labels that decide which version answers. */
export function registerModelsRoutes(
  app: FastifyInstance,
  registry: Described,
  defaultModel: string,
): void {
  registerReading(app, registry, defaultModel);
  registerLabels(app, registry);
}

function registerReading(app: FastifyInstance, registry: Described, defaultModel: string): void {
  app.get('/models', describing('All models.', 'ModelList'), async () => ({
    defaultModel,
    models: registry.describe().map((model) => ({ ...model, etag: undefined })),
  }));
  app.get<{ Params: Static<typeof ModelParamsSchema> }>(
    '/models/:model',
    describing('One model, its labels and versions. The etag is that of its labels.', 'Model', {
      params: ModelParamsSchema,
    }),
    async (request, reply) => {
      await registry.seek(request.params.model);
      const { etag, ...model } = registry.describeModel(request.params.model);
      return withEtag(reply, etag).send(model);
    },
  );
  app.get<{ Params: Static<typeof VersionParamsSchema> }>(
    '/models/:model/versions/:version',
    describing('One version with its signature, preprocessing, lineage and figures.', 'Version', {
      params: VersionParamsSchema,
    }),
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

function registerLabels(app: FastifyInstance, registry: Described): void {
  app.put<InLabel & { Body: Static<typeof LabelTargetSchema> }>(
    '/models/:model/labels/:label',
    describing('Point a label at a version: release, or roll back.', 'Labels', {
      params: LabelParamsSchema,
      headers: IfMatchSchema,
      body: LabelTargetSchema,
    }),
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
    describing('Remove a label.', 'Labels', { params: LabelParamsSchema, headers: IfMatchSchema }),
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

function describing(summary: string, answer: string, parts: object = {}): object {
  return {
    schema: {
      tags: ['models'],
      summary,
      ...parts,
      response: { 200: reference(answer, 'As asked.'), ...errorResponses(400, 404, 409, 503) },
    },
  };
}
