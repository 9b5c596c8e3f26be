import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { ModelParamsSchema } from '../schemas.ts';
import { HistoryQuerySchema, RollbackQuerySchema } from './models-schemas.ts';
import { withEtag, modelRoute } from './model-route.ts';
import { causeOf } from './request-cause.ts';

/** What changed about a model, by whom and why. */
export function registerHistory(app: FastifyInstance, history: Registry['history']): void {
  app.get<{
    Params: Static<typeof ModelParamsSchema>;
    Querystring: Static<typeof HistoryQuerySchema>;
  }>(
    '/models/:model/history',
    modelRoute(
      {
        operationId: 'getModelHistory',
        summary: 'What changed about a model: labels, policies, traffic; who, when and why.',
        description:
          'Newest first. Entries are written once and never changed, also those of a model that is gone. next goes back as before, to read on.',
      },
      'ModelHistory',
      { params: ModelParamsSchema, querystring: HistoryQuerySchema },
    ),
    async (request) => {
      const { model } = request.params;
      const { entries, next } = await history.page(model, request.query);
      return { model, entries, next };
    },
  );
}

/** One call takes the last step of a release back. */
export function registerRollback(app: FastifyInstance, traffic: Registry['traffic']): void {
  app.post<{
    Params: Static<typeof ModelParamsSchema>;
    Querystring: Static<typeof RollbackQuerySchema>;
  }>(
    '/models/:model/rollback',
    modelRoute(
      {
        operationId: 'rollBack',
        summary: 'Take the last step of a release back.',
        description:
          'Where production is split, or a canary runs, that ends, and the version that production names answers everybody. Else the label moves to the version it pointed at before, by the history; what was rolled back is left out, so that a second call goes further back. In force here with the answer, on other servers with their next poll.',
      },
      'Rollback',
      { params: ModelParamsSchema, querystring: RollbackQuerySchema },
      [404, 409, 422, 503],
    ),
    async (request, reply) => {
      const { model } = request.params;
      const { label, reason } = request.query;
      const done = await traffic.rollBack(model, { label, cause: causeOf(request, reason) });
      const { endedTraffic, from, to } = done;
      const { labels, etag } = done.labels;
      request.auditedChange = { from: { label, version: from }, to: { label, version: to } };
      return withEtag(reply, etag).send({ model, endedTraffic, from, to, labels });
    },
  );
}
