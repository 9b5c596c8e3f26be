import { createHash } from 'node:crypto';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { errors } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import { securitySchemes, withAccess } from './call-access.ts';
import { withNamedSchemas } from './named-schemas.ts';
import { withPlainSchemas } from './plain-schemas.ts';
import { withSharedResponses } from './shared-responses.ts';

const description =
  'A model server for image classifiers: predict, train, version, watch.\n\n' +
  'Every error answer has the shape ErrorAnswer. Its code is never renamed or reused, docs/errors.md lists them all, and its ' +
  'requestId finds it in the log; the header x-request-id has it too, and takes one from the client.\n\n' +
  'A server with keys asks for one, or for a token, wherever a call names them. One without keys lets everybody predict, and ' +
  'callers on its own machine do the rest, without any; a credential that is sent all the same is refused with 401.';

const tags = [
  { name: 'predict', description: 'Ask a model.' },
  {
    name: 'models',
    description: 'What is at rest, what is loaded, and which label points where.',
  },
  { name: 'train', description: 'Make new versions.' },
  { name: 'datasets', description: 'Labelled images, cleaned and kept to learn from.' },
  { name: 'health', description: 'For load balancers and orchestrators.' },
  { name: 'metrics', description: 'For Prometheus.' },
];

/** Serves the contract under /openapi.json and, for people, under /docs. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Glimpse',
        version,
        description,
        contact: { name: 'The maintainers of Glimpse' },
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The server that this document came from.' }],
      tags,
      components: { securitySchemes },
    },
    transform: ({ schema, url, route }) => ({ schema: withAccess(schema, route), url }),
    transformObject: (given) =>
      'openapiObject' in given ? transformDocument(given.openapiObject) : {},
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `Schema${index}`,
    },
  });
  await app.register(registerPage);
  // Its bytes once: clients that ask for it again and again and read it slowly all wait for the same ones.
  const document = once(() => {
    const bytes = Buffer.from(JSON.stringify(app.swagger()));
    return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
  });
  // Making it takes the event loop longer than any call may, so no call does.
  app.addHook('onListen', async () => void document());
  app.get('/openapi.json', { schema: { hide: true } }, async (request, reply) => {
    const { bytes, etag } = document();
    void reply.header('etag', etag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(bytes);
  });
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

async function registerPage(app: FastifyInstance): Promise<void> {
  // The sender of its files refuses paths that lead outside of their folder by an error of its own.
  app.setErrorHandler((error) => {
    const status = isRecord(error) ? Number(error['status']) : 0;
    if (status < 400 || status >= 500) throw error;
    throw new errors.GLIMPSE_ROUTE_NOT_FOUND('such file');
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // The page must also work where Glimpse listens on plain HTTP, and must call nobody else.
    transformStaticCSP: (policy) =>
      policy
        .replace(/upgrade-insecure-requests;?/, '')
        .replace('validator.swagger.io', '')
        .replaceAll(' https:', ''),
    uiConfig: { validatorUrl: null },
  });
}

/** The document with plain and named schemas and shared responses. */
function transformDocument(document: object): object {
  const plain = withPlainSchemas(document);
  return isRecord(plain) ? withSharedResponses(withNamedSchemas(plain)) : {};
}
