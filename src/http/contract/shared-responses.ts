import { canonicalJson, isRecord } from '../../json.ts';
import { errorMeanings } from '../schemas.ts';
import { mapNodes, recordAt, type Node } from './json-walk.ts';

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
      if (name === undefined || !isRecord(response)) return [status, response];
      const prefix = prefixOf(response);
      if (prefix === undefined) return [status, response];
      const full = `${prefix}${name}`;
      shared[full] ??= { ...response, headers: headersOf(Number(status)) };
      return [status, { $ref: `#/components/responses/${full}` }];
    }),
  );
}

/** What an error response is called before its status: nothing, or whose shape it has. Undefined for any other response. */
function prefixOf(response: Node): string | undefined {
  const content = canonicalJson(response['content']);
  const [, id] =
    /^\{"application\/json":\{"schema":\{"\$ref":"#\/components\/schemas\/(\w+)"\}\}\}$/.exec(
      content,
    ) ?? [];
  return id === 'ErrorAnswer' ? '' : /^(\w+)Error$/.exec(id ?? '')?.[1];
}

function headersOf(status: number): Node {
  const requestId = { description: 'The request id, as in the body.', schema: { type: 'string' } };
  const retryAfter = {
    description: 'Seconds after which trying again makes sense.',
    schema: { type: 'integer', minimum: 1 },
  };
  const challenge = {
    description: 'Bearer (RFC 6750); with error="invalid_token" where a key or token was sent.',
    schema: { type: 'string' },
  };
  return {
    'x-request-id': requestId,
    ...(status === 401 && { 'www-authenticate': challenge }),
    ...([429, 503].includes(status) && { 'retry-after': retryAfter }),
  };
}
