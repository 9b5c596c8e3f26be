import { canonicalJson, isRecord } from '../../json.ts';
import { errorMeanings } from '../schemas.ts';
import { mapNodes, recordAt, type Node } from './json-walk.ts';

const errorContent = canonicalJson({
  'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' } },
});

/** Writes each error response once, among the components; operations refer to it by its name. */
export function withSharedResponses(document: Node): Node {
  const shared: Record<string, Node> = {};
  const paths = mapNodes(document['paths'], (node) =>
    isRecord(node['responses'])
      ? { ...node, responses: shareResponses(node['responses'], shared) }
      : node,
  );
  const components = { ...recordAt(document, 'components'), responses: shared };
  return { ...document, components, paths };
}

function shareResponses(responses: Node, shared: Record<string, Node>): Node {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { name } = errorMeanings[Number(status)] ?? {};
      const isShared = isRecord(response) && canonicalJson(response['content']) === errorContent;
      if (name === undefined || !isShared) return [status, response];
      shared[name] ??= { ...response, headers: headersOf(Number(status)) };
      return [status, { $ref: `#/components/responses/${name}` }];
    }),
  );
}

function headersOf(status: number): Node {
  const requestId = { description: 'The request id, as in the body.', schema: { type: 'string' } };
  const retryAfter = {
    description: 'Seconds after which trying again makes sense.',
    schema: { type: 'integer', minimum: 1 },
  };
  return {
    'x-request-id': requestId,
    ...([429, 503].includes(status) && { 'retry-after': retryAfter }),
  };
}
