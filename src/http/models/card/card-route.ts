import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { errors } from '../../../errors.ts';
import type { Registry } from '../../../registry/registry.ts';
import { Closed } from '../../../schema.ts';
import { Type } from '../../../schema/builder.ts';
import { errorResponses, oneOf, VersionParamsSchema } from '../../schemas.ts';
import { cardOf } from './card-document.ts';
import { cardAsHtml, cardAsMarkdown, cardPolicy } from './render-card.ts';

const CardQuerySchema = Type.Object(
  {
    format: Type.Optional(
      oneOf(
        ['markdown', 'html'],
        'Without it html for whoever accepts text/html, and markdown for all others.',
        'CardFormat',
      ),
    ),
  },
  Closed,
);

/** A version on one sheet, for whoever has to decide about it. */
export function registerCard(
  app: FastifyInstance,
  registry: Pick<Registry, 'describeVersion'>,
): void {
  app.get<{
    Params: Static<typeof VersionParamsSchema>;
    Querystring: Static<typeof CardQuerySchema>;
  }>(
    '/models/:model/versions/:version/card',
    {
      schema: {
        tags: ['models'],
        operationId: 'getModelCard',
        summary: 'The model card of a version.',
        description:
          'Data, figures, limits, lineage, preprocessing, and how to train the same again, by its manifest: Markdown, or a page that loads nothing.',
        params: VersionParamsSchema,
        querystring: CardQuerySchema,
        response: {
          200: {
            description: 'The card.',
            content: {
              'text/markdown': { schema: Type.String() },
              'text/html': { schema: Type.String() },
            },
          },
          ...errorResponses(404, 503),
        },
      },
    },
    async (request, reply): Promise<FastifyReply> => {
      const { model, version } = request.params;
      const description = await registry.describeVersion(model, version);
      if (!description.manifest) {
        const why = description.reason?.message ?? 'its manifest cannot be read.';
        throw new errors.GLIMPSE_MODEL_NOT_READY(model, why);
      }
      const card = cardOf(description, description.manifest);
      const { format = wantsPage(request.headers.accept) ? 'html' : 'markdown' } = request.query;
      void reply.header('vary', 'accept, origin').header('cache-control', 'no-cache');
      if (format === 'markdown')
        return reply.type('text/markdown; charset=utf-8').send(cardAsMarkdown(card));
      return reply
        .header('content-security-policy', cardPolicy)
        .type('text/html; charset=utf-8')
        .send(cardAsHtml(card));
    },
  );
}

function wantsPage(accept: string | undefined): boolean {
  return accept?.includes('text/html') === true;
}
