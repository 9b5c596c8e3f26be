import swagger from '@fastify/swagger';
import Fastify, { type FastifySchema, type HTTPMethods } from 'fastify';
import { isRecord } from '../../json.ts';
import type { RouteAccess } from '../access/route-access.ts';
import { schemaController, useCompilers } from '../validate-request.ts';
import { securitySchemes, withAccess } from './call-access.ts';
import { withNamedSchemas } from './named-schemas.ts';
import { withPlainSchemas } from './plain-schemas.ts';
import { withSharedResponses } from './shared-responses.ts';

/** A call of the server, as far as the contract tells of it. */
export interface DescribedRoute {
  readonly method: HTTPMethods | HTTPMethods[];
  readonly url: string;
  readonly schema: FastifySchema;
  readonly access: RouteAccess | undefined;
  /** Of its error responses, where it is not ErrorAnswer. */
  readonly errorSchema: string | undefined;
}

/** What the contract is made of: shared schemas and all calls, without any code. */
export interface DescribedServer {
  readonly version: string;
  /** What stands before all addresses for callers. */
  readonly basePath: string;
  readonly schemas: readonly object[];
  readonly routes: readonly DescribedRoute[];
}

/** A document to write. One form of it at a time: hardly anybody asks for both. */
export interface ContractRequest {
  readonly server: DescribedServer;
  readonly form: 'json' | 'yaml';
}

const description =
  'A model server for image classifiers: predict, train, version, watch.\n\n' +
  'Every error answer has the shape ErrorAnswer, but for calls that other model servers have, too, whose clients expect another. Its code is never renamed or reused, docs/errors.md lists them all, and its ' +
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
  { name: 'oip', description: 'The Open Inference Protocol v2, as Triton and KServe speak it.' },
  { name: 'tfserving', description: 'The REST API of TensorFlow Serving (v1).' },
  {
    name: 'sagemaker',
    description: 'What SageMaker calls of a container, and MLflow’s scoring protocol.',
  },
  { name: 'torchserve', description: 'The inference calls of TorchServe.' },
  { name: 'health', description: 'For load balancers and orchestrators.' },
  { name: 'metrics', description: 'For Prometheus.' },
];

/** Writes the OpenAPI document of a server, as bytes. */
export async function renderContract({ server, form }: ContractRequest): Promise<Uint8Array> {
  const app = Fastify({ exposeHeadRoutes: false, schemaController });
  useCompilers(app);
  await app.register(swagger, swaggerOptions(server));
  for (const schema of server.schemas) app.addSchema(schema);
  for (const { access, errorSchema, ...route } of server.routes) {
    const config = { ...(access && { access }), ...(errorSchema && { errorSchema }) };
    app.route({ ...route, config, handler: () => undefined });
  }
  await app.ready();
  const text = form === 'json' ? JSON.stringify(app.swagger()) : app.swagger({ yaml: true });
  return new TextEncoder().encode(text);
}

function swaggerOptions({ version, basePath }: DescribedServer): Parameters<typeof swagger>[1] {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Glimpse',
        version,
        description,
        contact: { name: 'The maintainers of Glimpse' },
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: basePath || '/', description: 'The server that this document came from.' }],
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
  };
}

/** The document with plain and named schemas and shared responses. */
function transformDocument(document: object): object {
  const plain = withPlainSchemas(document);
  return isRecord(plain) ? withSharedResponses(withNamedSchemas(plain)) : {};
}
