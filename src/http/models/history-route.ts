import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { ModelParamsSchema } from '../schemas.ts';
import { modelRoute } from './model-route.ts';
import { HistoryQuerySchema } from './models-schemas.ts';

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
