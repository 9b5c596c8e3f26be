import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { ModelParamsSchema } from '../schemas.ts';
import { unwrapIfMatch } from './label-etag.ts';
import { modelRoute, withEtag } from './model-route.ts';
import { IfMatchSchema, TrafficBodySchema } from './models-schemas.ts';
import { causeOf } from './request-cause.ts';

type TrafficRoute = { Params: Static<typeof ModelParamsSchema> };

/** Who answers for production of a model, where it is not one version for all. */
export function registerTraffic(app: FastifyInstance, traffic: Registry['traffic']): void {
  app.get<TrafficRoute>(
    '/models/:model/traffic',
    modelRoute(
      {
        operationId: 'getTraffic',
        summary: 'Who answers for production of a model.',
        description:
          'Without rules the version that production names answers everybody. The etag goes back as if-match to change them.',
      },
      'Traffic',
      { params: ModelParamsSchema },
    ),
    async (request, reply) => {
      const { model } = request.params;
      const { record, etag } = await traffic.get(model);
      return withEtag(reply, etag).send(described(model, record));
    },
  );
  app.put<
    TrafficRoute & {
      Headers: Static<typeof IfMatchSchema>;
      Body: Static<typeof TrafficBodySchema>;
    }
  >(
    '/models/:model/traffic',
    modelRoute(
      {
        operationId: 'setTraffic',
        summary: 'Split production among versions, by weight.',
        description:
          'The whole of the rules, in force here with the answer and on other servers with their next poll. They hold where no version was named, or the label production was; {} ends them. The answer of a prediction names the version that gave it.',
      },
      'Traffic',
      { params: ModelParamsSchema, headers: IfMatchSchema, body: TrafficBodySchema },
      [404, 409, 422, 503],
    ),
    async (request, reply) => {
      const { model } = request.params;
      const { reason, ...rules } = request.body;
      const ifMatch = unwrapIfMatch(request.headers['if-match']);
      const cause = causeOf(request, reason);
      const { record, etag, before } = await traffic.set(model, { rules, ifMatch, cause });
      request.auditedChange = { from: before ?? null, to: rules };
      return withEtag(reply, etag).send(described(model, record));
    },
  );
}

function described(
  model: string,
  record: Awaited<ReturnType<Registry['traffic']['get']>>['record'],
): object {
  return { model, ...record?.rules, canaryState: record?.canary, revision: record?.revision };
}
