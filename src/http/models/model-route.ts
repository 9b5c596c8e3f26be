import type { FastifyReply } from 'fastify';
import { errorResponses, reference, type Operation } from '../schemas.ts';
import { unchecked } from '../validate-request.ts';
import { wrapEtag } from './label-etag.ts';

/** The etag of what is sent, for a later if-match. */
export function withEtag(reply: FastifyReply, etag: string | undefined): FastifyReply {
  return etag === undefined ? reply : reply.header('etag', wrapEtag(etag));
}

/** The schema of a route under /models. */
export function modelRoute(
  operation: Operation,
  responseSchema: string,
  requestSchemas: object = {},
  statuses: readonly number[] = [404, 503],
): object {
  return {
    // if-match is read and refused by the handlers.
    validatorCompiler: unchecked('headers'),
    schema: {
      tags: ['models'],
      ...operation,
      ...requestSchemas,
      response: {
        200: reference(responseSchema, 'As asked.'),
        ...errorResponses(...statuses),
      },
    },
  };
}
