import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { ModelParamsSchema, VersionParamsSchema } from '../schemas.ts';
import { modelRoute, withEtag } from './model-route.ts';
import { causeOf } from './request-cause.ts';

type ModelRoute = { Params: Static<typeof ModelParamsSchema> };
type VersionRoute = { Params: Static<typeof VersionParamsSchema> };

const statuses = [404, 409, 422, 503];

/** Deleting versions and models, and taking them back while that is possible. */
export function registerDeletions(
  app: FastifyInstance,
  registry: Pick<Registry, 'deletions' | 'describeModel'>,
): void {
  registerVersionDeletion(app, registry);
  registerModelDeletion(app, registry);
}

function registerVersionDeletion(
  app: FastifyInstance,
  registry: Pick<Registry, 'deletions' | 'describeModel'>,
): void {
  app.delete<VersionRoute>(
    '/models/:model/versions/:version',
    modelRoute(
      {
        operationId: 'deleteVersion',
        summary: 'Delete a version; it can be taken back for some time.',
        description:
          'Refused while a label or the traffic rules name it, while it answers by default, and when it is the last one of its model. It is unloaded here with the answer and elsewhere with the next poll; its files stay until until, and then until glimpse prune removes them. Its number is never used again.',
      },
      'Deleted',
      { params: VersionParamsSchema },
      statuses,
    ),
    async (request) => {
      const { model, version } = request.params;
      const cause = causeOf(request, undefined);
      const { mark } = await registry.deletions.deleteVersion(model, version, { cause });
      request.auditedChange = { from: { version }, to: { deletedAt: mark.deletedAt } };
      return { model, version, deletedAt: mark.deletedAt, until: mark.until };
    },
  );
  app.post<VersionRoute>(
    '/models/:model/versions/:version/restore',
    modelRoute(
      {
        operationId: 'restoreVersion',
        summary: 'Take back the deletion of a version.',
        description: 'While its files are there: until its until at least.',
      },
      'Model',
      { params: VersionParamsSchema },
      statuses,
    ),
    async (request, reply) => {
      const { model, version } = request.params;
      await registry.deletions.restoreVersion(model, version, {
        cause: causeOf(request, undefined),
      });
      request.auditedChange = { from: { deleted: version }, to: { version } };
      const { etag, ...state } = registry.describeModel(model);
      return withEtag(reply, etag).send(state);
    },
  );
}

function registerModelDeletion(
  app: FastifyInstance,
  registry: Pick<Registry, 'deletions' | 'describeModel'>,
): void {
  app.delete<ModelRoute>(
    '/models/:model',
    modelRoute(
      {
        operationId: 'deleteModel',
        summary: 'Delete a model with all its versions; it can be taken back for some time.',
        description:
          'Refused for a model without which this server is not ready. Nothing can be published as it until it is taken back, or its files are removed; its versions then go on counting where they were.',
      },
      'Deleted',
      { params: ModelParamsSchema },
      statuses,
    ),
    async (request) => {
      const { model } = request.params;
      const { mark } = await registry.deletions.deleteModel(model, {
        cause: causeOf(request, undefined),
      });
      request.auditedChange = { from: { model }, to: { deletedAt: mark.deletedAt } };
      return { model, deletedAt: mark.deletedAt, until: mark.until };
    },
  );
  app.post<ModelRoute>(
    '/models/:model/restore',
    modelRoute(
      {
        operationId: 'restoreModel',
        summary: 'Take back the deletion of a model.',
        description: 'With its versions, labels and rules, while its files are there.',
      },
      'Model',
      { params: ModelParamsSchema },
      statuses,
    ),
    async (request, reply) => {
      const { model } = request.params;
      await registry.deletions.restoreModel(model, { cause: causeOf(request, undefined) });
      request.auditedChange = { from: { deleted: model }, to: { model } };
      const { etag, ...state } = registry.describeModel(model);
      return withEtag(reply, etag).send(state);
    },
  );
}
