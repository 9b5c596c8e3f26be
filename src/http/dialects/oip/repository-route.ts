import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { errors } from '../../../errors.ts';
import { isRecord } from '../../../json.ts';
import type { Registry } from '../../../registry/registry.ts';
import { seesModel } from '../../access/visible.ts';
import { ModelParamsSchema, errorResponsesAs, reference } from '../../schemas.ts';
import { unchecked } from '../../validate-request.ts';
import type { DialectOptions } from '../dialect.ts';
import { readSmallJson } from '../small-body.ts';
import { indexOf } from './described-models.ts';
import { oipErrorId } from './oip-schemas.ts';

type ModelRoute = { Params: Static<typeof ModelParamsSchema> };

/** What lies in the repository, and the calls that load it. */
export function registerRepository(app: FastifyInstance, options: DialectOptions): void {
  const { registry } = options;
  app.post(
    '/v2/repository/index',
    repositoryRoute(
      'oipRepositoryIndex',
      'All versions of all models.',
      'With {"ready": true} those that answer.',
      'OipRepositoryIndexBody',
      { 200: reference('OipRepositoryIndex', 'One for each version.') },
    ),
    async (request, reply) => {
      const { ready = false } = fieldsOf(await readSmallJson(options, request, reply));
      if (typeof ready !== 'boolean') {
        throw new errors.GLIMPSE_BAD_REQUEST('"ready" must be true or false.');
      }
      const models = registry.describe().filter(({ model }) => seesModel(request, model));
      return indexOf(models, ready);
    },
  );
  app.post<ModelRoute>(
    '/v2/repository/models/:model/load',
    repositoryRoute(
      'oipLoadModel',
      'Load a model as the repository has it now.',
      'Answers when it is READY, or with why it is not. Parameters that bring files or a configuration are refused: models come from the repository.',
      'OipLoadRequest',
      { 200: { description: 'It answers.', type: 'object' } },
      ModelParamsSchema,
    ),
    async (request, reply) => {
      const { parameters } = fieldsOf(await readSmallJson(options, request, reply));
      await loadModel(registry, request.params.model, fieldsOf(parameters, '"parameters"'));
      return {};
    },
  );
  app.post<ModelRoute>(
    '/v2/repository/models/:model/unload',
    repositoryRoute(
      'oipUnloadModel',
      'Unload all versions of a model.',
      'Only on a server with GLIMPSE_MODEL_CONTROL=explicit; every other one loads and unloads by itself, and answers 409.',
      'OipUnloadRequest',
      { 200: { description: 'It has left the memory.', type: 'object' } },
      ModelParamsSchema,
    ),
    async (request, reply) => {
      const { parameters } = fieldsOf(await readSmallJson(options, request, reply));
      fieldsOf(parameters, '"parameters"');
      await registry.control.unload(request.params.model);
      return {};
    },
  );
}

/**
 * By a call where calls load. Where the repository decides, it is read now, and the version that answers is loaded if it is
 * loaded on demand.
 */
async function loadModel(
  registry: Pick<Registry, 'control' | 'refresh' | 'lease'>,
  model: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<void> {
  const [name] = Object.keys(parameters);
  if (name !== undefined) {
    throw new errors.GLIMPSE_BAD_REQUEST(
      `the parameter "${name.slice(0, 100)}" cannot be loaded: models come from the repository.`,
    );
  }
  try {
    await registry.control.load(model);
  } catch (error) {
    if (!(error instanceof errors.GLIMPSE_NOT_BY_CALLS)) throw error;
    await registry.refresh(model);
    (await registry.lease(model)).release();
  }
}

function fieldsOf(body: unknown, name = 'it'): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  if (isRecord(body)) return body;
  throw new errors.GLIMPSE_BAD_REQUEST(`${name} must be an object.`);
}

function repositoryRoute(
  operationId: string,
  summary: string,
  description: string,
  requestId: string,
  responses: object,
  params?: typeof ModelParamsSchema,
): object {
  return {
    validatorCompiler: unchecked('body', 'headers'),
    schema: {
      tags: ['oip'],
      operationId,
      summary,
      description,
      ...(params && { params }),
      body: { content: { 'application/json': { schema: reference(requestId) } }, required: false },
      response: { ...responses, ...errorResponsesAs(oipErrorId)(404, 409, 503) },
    },
  };
}
