import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { seesModel } from '../../access/visible.ts';
import { ModelParamsSchema, errorResponsesAs, reference } from '../../schemas.ts';
import type { DialectOptions } from '../dialect.ts';
import {
  answeringVersions,
  configurationOf,
  isReady,
  metadataOf,
  readyVersions,
} from './described-models.ts';
import { oipErrorId, oipRoute, OipVersionParamsSchema } from './oip-schemas.ts';

/** A model, and a version of it. */
const addresses = [
  ['/v2/models/:model', '', ModelParamsSchema],
  ['/v2/models/:model/versions/:version', 'Version', OipVersionParamsSchema],
] as const;

const notFound = errorResponsesAs(oipErrorId)(404, 503);

/** What models are, what they did, and whether they answer. */
export function registerModels(app: FastifyInstance, options: DialectOptions): void {
  const { registry, limits, statistics } = options;
  for (const [path, named, params] of addresses) {
    type Route = { Params: Static<typeof params> };
    app.get<Route>(
      path,
      oipRoute(
        {
          operationId: `oipGetModel${named}`,
          summary: 'What a model takes and gives.',
          description: 'Its own input; "pixels" and "image" are taken beside it by every model.',
        },
        'OipModelMetadata',
        params,
        notFound,
      ),
      (request) => metadataOf(registry, request.params),
    );
    app.get<Route>(
      `${path}/config`,
      oipRoute(
        {
          operationId: `oipGetModel${named}Configuration`,
          summary: 'The same as a Triton configuration.',
          description: 'max_batch_size is the most images that one call may hold.',
        },
        'OipModelConfiguration',
        params,
        notFound,
      ),
      (request) => configurationOf(registry, request.params, limits.maxImages),
    );
    registerReady(app, options, path, named, params);
    registerStatistics(app, options, path, named, params);
  }
  app.get(
    '/v2/models/stats',
    oipRoute(
      {
        operationId: 'oipGetStatistics',
        summary: 'What all models did since the server was started.',
        description: statisticsDescription,
      },
      'OipStatistics',
    ),
    async (request) => ({
      model_stats: registry
        .describe()
        .filter(({ model }) => seesModel(request, model))
        .flatMap((state) => statistics.of(state.model, readyVersions(state))),
    }),
  );
}

const statisticsDescription =
  'Of this process, where several answer at one port; /metrics has what all of them did.';

function registerReady(
  app: FastifyInstance,
  { registry }: DialectOptions,
  path: string,
  named: string,
  params: (typeof addresses)[number][2],
): void {
  app.get<{ Params: Static<typeof params> }>(
    `${path}/ready`,
    oipRoute(
      {
        operationId: `oipModel${named}Ready`,
        summary: 'Would it answer now?',
        description: 'Decide by the status: 200, or 503.',
      },
      'OipModelReady',
      params,
      { ...notFound, 503: reference('OipModelReady', 'No.') },
    ),
    async (request, reply) => {
      const ready = await isReady(registry, request.params);
      return reply.code(ready ? 200 : 503).send({ name: request.params.model, ready });
    },
  );
}

function registerStatistics(
  app: FastifyInstance,
  { registry, statistics }: DialectOptions,
  path: string,
  named: string,
  params: (typeof addresses)[number][2],
): void {
  app.get<{ Params: Static<typeof params> }>(
    `${path}/stats`,
    oipRoute(
      {
        operationId: `oipGetModel${named}Statistics`,
        summary: 'What a model did since the server was started.',
        description: statisticsDescription,
      },
      'OipStatistics',
      params,
      notFound,
    ),
    async ({ params: address }) => ({
      model_stats: statistics.of(address.model, await answeringVersions(registry, address)),
    }),
  );
}
