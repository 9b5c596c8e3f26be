import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { ModelParamsSchema } from '../schemas.ts';
import { modelRoute } from './model-route.ts';
import { ApprovalParamsSchema, DecisionSchema } from './models-schemas.ts';
import { causeOf } from './request-cause.ts';

/** Changes of protected labels, which wait for a second caller. */
export function registerApprovals(app: FastifyInstance, approvals: Registry['approvals']): void {
  app.get<{ Params: Static<typeof ModelParamsSchema> }>(
    '/models/:model/approvals',
    modelRoute(
      {
        operationId: 'listApprovals',
        summary: 'What waits for a second caller.',
        description:
          'Moves of labels that the policy protects, splits and canaries of a protected production, policies that would protect less. Oldest first; a day old ones are gone.',
      },
      'Approvals',
      { params: ModelParamsSchema },
    ),
    async (request) => {
      const { model } = request.params;
      return { model, pending: await approvals.pending(model) };
    },
  );
  app.post<{
    Params: Static<typeof ApprovalParamsSchema>;
    Body: Static<typeof DecisionSchema>;
  }>(
    '/models/:model/approvals/:id',
    modelRoute(
      {
        operationId: 'decideApproval',
        summary: 'Approve or reject a change that waits.',
        description:
          'Approved by another caller than the one who asked, it is done as it was asked for: a label that has moved meanwhile is left where it is (409). Whoever asked may reject it.',
      },
      'DecidedApproval',
      { params: ApprovalParamsSchema, body: DecisionSchema },
      [404, 409, 422, 503],
    ),
    async (request) => {
      const { model, id } = request.params;
      const { decision, reason } = request.body;
      const { by, why } = causeOf(request, reason);
      const approve = decision === 'approve';
      const approval = await approvals.decide(model, id, { approve, by, why });
      request.auditedChange = { from: approval, to: { decision } };
      return { model, decision, approval };
    },
  );
}
