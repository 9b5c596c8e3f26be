import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { ModelParamsSchema, VersionParamsSchema } from '../schemas.ts';
import { modelRoute, withEtag } from './model-route.ts';

type ControlledRegistry = Pick<Registry, 'control' | 'describeModel'>;

const statuses = [404, 409, 503];

/** Loading and unloading by calls, where nothing else loads (GLIMPSE_MODEL_CONTROL=explicit). */
export function registerControl(app: FastifyInstance, registry: ControlledRegistry): void {
  for (const verb of ['load', 'unload'] as const) {
    app.post<{ Params: Static<typeof ModelParamsSchema> }>(
      `/models/:model/${verb}`,
      modelRoute(modelOperations[verb], 'Model', { params: ModelParamsSchema }, statuses),
      async ({ params: { model } }, reply) => {
        await registry.control[verb](model);
        const { etag, ...state } = registry.describeModel(model);
        return withEtag(reply, etag).send(state);
      },
    );
    app.post<{ Params: Static<typeof VersionParamsSchema> }>(
      `/models/:model/versions/:version/${verb}`,
      modelRoute(versionOperations[verb], 'Model', { params: VersionParamsSchema }, statuses),
      async ({ params: { model, version } }, reply) => {
        await registry.control[verb](model, version);
        const { etag, ...state } = registry.describeModel(model);
        return withEtag(reply, etag).send(state);
      },
    );
  }
}

const onlyExplicit =
  'Only on a server with GLIMPSE_MODEL_CONTROL=explicit, and of that server alone; every other one answers 409.';

const modelOperations = {
  load: {
    operationId: 'loadModel',
    summary: 'Load what a model’s policy and labels say now.',
    description: `Answers when all of it is READY, or with why one is not. What is published or labelled later is loaded by the next call. ${onlyExplicit}`,
  },
  unload: {
    operationId: 'unloadModel',
    summary: 'Unload all versions of a model.',
    description: `Answers when they have left the memory; requests that had one are answered first. ${onlyExplicit}`,
  },
};

const versionOperations = {
  load: {
    operationId: 'loadVersion',
    summary: 'Load one version.',
    description: `Answers when it is READY, or with why it is not. ${onlyExplicit}`,
  },
  unload: {
    operationId: 'unloadVersion',
    summary: 'Unload one version.',
    description: `Answers when it has left the memory; requests that had it are answered first. ${onlyExplicit}`,
  },
};
