import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { ModelParamsSchema } from '../schemas.ts';
import { unwrapIfMatch } from './label-etag.ts';
import { causeOf } from './request-cause.ts';
import { modelRoute, withEtag } from './model-route.ts';
import { IfMatchSchema, ReleasePolicyBodySchema } from './models-schemas.ts';

type PolicyRoute = { Params: Static<typeof ModelParamsSchema> };

/** The rules of a model: which versions get the label production, and which are loaded. */
export function registerPolicy(app: FastifyInstance, policies: Registry['policies']): void {
  app.get<PolicyRoute>(
    '/models/:model/policy',
    modelRoute(
      {
        operationId: 'getPolicy',
        summary: 'When a new version of a model answers for production, and what is loaded of it.',
        description:
          'isDefault: nobody has written one. The etag goes back as if-match to change it.',
      },
      'ReleasePolicy',
      { params: ModelParamsSchema },
    ),
    async (request, reply) => {
      const { model } = request.params;
      const { policy, etag } = await policies.get(model);
      return withEtag(reply, etag).send({ model, ...policy, isDefault: etag === undefined });
    },
  );
  app.put<
    PolicyRoute & {
      Headers: Static<typeof IfMatchSchema>;
      Body: Static<typeof ReleasePolicyBodySchema>;
    }
  >(
    '/models/:model/policy',
    modelRoute(
      {
        operationId: 'setPolicy',
        summary:
          'Say when a new version of a model answers for production, and what is loaded of it.',
        description:
          'promote holds for versions that are published from now on; no label moves by this call. load and limits hold here at once, and on every other server when it next lists the repository (GLIMPSE_RESCAN_INTERVAL_MS, or POST /models/{model}/refresh).',
      },
      'ReleasePolicy',
      { params: ModelParamsSchema, headers: IfMatchSchema, body: ReleasePolicyBodySchema },
      [404, 409, 422, 503],
    ),
    async (request, reply) => {
      const { model } = request.params;
      const { reason, ...policyBody } = request.body;
      const ifMatch = unwrapIfMatch(request.headers['if-match']);
      const { policy, etag, before } = await policies.set(model, policyBody, {
        ifMatch,
        cause: causeOf(request, reason),
      });
      request.auditedChange = { from: before, to: policy };
      return withEtag(reply, etag).send({ model, ...policy, isDefault: false });
    },
  );
}
