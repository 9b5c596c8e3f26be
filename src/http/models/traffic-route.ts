import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import type { CanaryEvidence } from '../../serving/rollout/canary-evidence.ts';
import { ModelParamsSchema } from '../schemas.ts';
import { unwrapIfMatch } from './label-etag.ts';
import { modelRoute, withEtag } from './model-route.ts';
import { IfMatchSchema, TrafficBodySchema } from './models-schemas.ts';
import { causeOf } from './request-cause.ts';

type TrafficRoute = { Params: Static<typeof ModelParamsSchema> };

export interface TrafficRouteOptions {
  readonly traffic: Registry['traffic'];
  /** What this server has seen of the canary of a model, where one runs. */
  readonly canaryEvidence: (model: string) => CanaryEvidence | undefined;
}

type StoredRules = Awaited<ReturnType<Registry['traffic']['get']>>['record'];

/** Who answers for production of a model, where it is not one version for all. */
export function registerTraffic(
  app: FastifyInstance,
  { traffic, canaryEvidence }: TrafficRouteOptions,
): void {
  const described = (model: string, record: StoredRules): object => ({
    model,
    ...record?.rules,
    canaryState: record?.canary,
    canaryEvidence: record?.canary?.state === 'running' ? canaryEvidence(model) : undefined,
    revision: record?.revision,
  });
  app.get<TrafficRoute>(
    '/models/:model/traffic',
    modelRoute(
      {
        operationId: 'getTraffic',
        summary: 'Who answers for production of a model.',
        description:
          'Without rules the version that production names answers everybody. The etag goes back as if-match to change them. While a canary runs, what it is judged by is told with it.',
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
