import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { errors } from '../../../errors.ts';
import { Type } from '../../../schema/builder.ts';
import { seesModel } from '../../access/visible.ts';
import { causeOf } from '../../models/request-cause.ts';
import { ModelParamsSchema, VersionParamsSchema } from '../../schemas.ts';
import type { DialectOptions } from '../dialect.ts';
import { modelDescription, modelList } from './management-documents.ts';
import { managementPath } from './management-path.ts';

const PageSchema = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  next_page_token: Type.Optional(Type.Integer({ minimum: 0 })),
});

type OfModel = { Params: Static<typeof ModelParamsSchema> };
type OfVersion = { Params: Static<typeof VersionParamsSchema> };

/** What TorchServe answers on its port for management, under /models there. */
export function registerManagement(
  app: FastifyInstance,
  { registry, hosting: { torchservePort } }: DialectOptions,
): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, port: torchservePort };
  });
  registerReading(app, registry);
  registerChanging(app, registry);
}

function registerReading(app: FastifyInstance, registry: DialectOptions['registry']): void {
  app.get<{ Querystring: Static<typeof PageSchema> }>(
    `${managementPath}/models`,
    hidden({ querystring: PageSchema }),
    async (request) => {
      const { limit, next_page_token: from } = request.query;
      const visible = registry.describe().filter(({ model }) => seesModel(request, model));
      return modelList(visible, { ...(limit && { limit }), ...(from && { from }) });
    },
  );
  app.get<OfModel>(
    `${managementPath}/models/:model`,
    hidden({ params: ModelParamsSchema }),
    async ({ params: { model } }) => {
      await registry.lookUp(model);
      const known = registry.describeModel(model);
      const version = known.versions.find((one) => one.version === known.serving);
      return version ? [modelDescription(known, version)] : [];
    },
  );
  app.get<OfVersion>(
    `${managementPath}/models/:model/:version`,
    hidden({ params: VersionParamsSchema }),
    async ({ params: { model, version } }) => {
      await registry.lookUp(model, { version });
      const known = registry.describeModel(model);
      const found = known.versions.find((one) => one.version === version);
      if (!found) throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
      return [modelDescription(known, found)];
    },
  );
}

function registerChanging(app: FastifyInstance, registry: DialectOptions['registry']): void {
  app.put<OfVersion>(
    `${managementPath}/models/:model/:version/set-default`,
    hidden({ params: VersionParamsSchema }),
    async (request) => {
      const { model, version } = request.params;
      const change = { model, label: 'production', version };
      const cause = causeOf(request, undefined);
      const { before } = await registry.setLabel({ ...change, cause });
      request.auditedChange = {
        from: { label: change.label, version: before ?? null },
        to: { label: change.label, version },
      };
      return {
        status: `Default version successfully updated for model "${model}" to "${version}"`,
      };
    },
  );
  app.delete<OfModel>(
    `${managementPath}/models/:model`,
    hidden({ params: ModelParamsSchema }),
    async ({ params: { model } }) => {
      await registry.control.unload(model);
      return { status: `Model "${model}" unregistered` };
    },
  );
  app.delete<OfVersion>(
    `${managementPath}/models/:model/:version`,
    hidden({ params: VersionParamsSchema }),
    async ({ params: { model, version } }) => {
      await registry.control.unload(model, version);
      return { status: `Model "${model}" unregistered` };
    },
  );
  app.post(`${managementPath}/models`, hidden({}), async () => {
    throw new errors.GLIMPSE_NOT_OFFERED(
      'models are not registered by the address of an archive, but published (glimpse publish, or POST /models/{model}/versions).',
    );
  });
  for (const path of ['/models/:model', '/models/:model/:version'] as const) {
    app.put(`${managementPath}${path}`, hidden({}), async () => {
      throw new errors.GLIMPSE_NOT_OFFERED(
        'models have no workers to be scaled; where a batch runs is decided by what it takes (GLIMPSE_PROCESSES, GLIMPSE_RUNTIME_THREADS).',
      );
    });
  }
}

/** These calls are on a port of their own, and no part of the contract of the other. */
function hidden<Schema extends object>(schema: Schema) {
  return { schema: { hide: true, ...schema } };
}
