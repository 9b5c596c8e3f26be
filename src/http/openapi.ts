import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Serves the contract under /openapi.json and, for people, under /docs. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Glimpse',
        version,
        description:
          'A model server for image classifiers: predict, train, version, watch. ' +
          'Every error answer has the shape ErrorAnswer.',
        license: { name: 'MIT' },
      },
      tags: [
        { name: 'predict', description: 'Ask a model.' },
        {
          name: 'models',
          description: 'What is at rest, what is loaded, and which label points where.',
        },
        { name: 'train', description: 'Make new versions.' },
        { name: 'datasets', description: 'Labelled images, cleaned and kept to learn from.' },
        { name: 'health', description: 'For load balancers and orchestrators.' },
        { name: 'metrics', description: 'For Prometheus.' },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `Schema${index}`,
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // The page must also work where Glimpse listens on plain HTTP, and must call nobody else.
    transformStaticCSP: (policy) =>
      policy.replace(/upgrade-insecure-requests;?/, '').replace('validator.swagger.io', ''),
    uiConfig: { validatorUrl: null },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
