import type { IncomingHttpHeaders } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';

import { errors } from '../../errors.ts';
import { schemaController, useCompilers } from '../validate-request.ts';
import { onceItSucceeds } from './once.ts';

/** What a browser may ask of the files of the page besides their bytes. */
const passedOn = ['if-none-match', 'if-modified-since', 'if-range', 'range'] as const;
/** Headers that belong to one connection: the response of the server has its own. */
const connectionHeaders = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

const pages = ['/docs', '/docs/', '/docs/static/index.html', '/docs/static/swagger-initializer.js'];

/**
 * Shows the contract under /docs. What serves the page is loaded and put together when somebody first looks at it: most
 * servers never show it.
 */
export function registerDocsPage(app: FastifyInstance, basePath: string): void {
  const page = onceItSucceeds(() => openPage(basePath));
  for (const url of [...pages, '/docs/static/*']) {
    app.get<PageRoute>(url, { schema: { hide: true } }, async ({ params, headers }, reply) => {
      const { '*': file = '' } = params;
      if (!/^(?:\w[\w.-]*)?$/.test(file)) throw notFound();
      return send(await ask(await page(), url.replace('*', file), headers), reply);
    });
  }
}

interface PageRoute {
  Params: { '*'?: string };
}
type Answer = Awaited<ReturnType<typeof ask>>;

const notFound = (): Error => new errors.GLIMPSE_ROUTE_NOT_FOUND('such file');

/** Asks for the whole also where only the headers are wanted: Fastify leaves the body of a HEAD out itself. */
async function ask(page: FastifyInstance, url: string, headers: IncomingHttpHeaders) {
  const given = passedOn.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value]];
  });
  return await page.inject({ method: 'GET', url, headers: Object.fromEntries(given) });
}

function send({ statusCode, headers, rawPayload }: Answer, reply: FastifyReply): FastifyReply {
  if (statusCode === 404) throw notFound();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !connectionHeaders.has(name)) void reply.header(name, value);
  }
  return reply.code(statusCode).send(rawPayload.length > 0 ? rawPayload : undefined);
}

/** The page as an application of its own, which is asked without a socket: one that listens takes no more routes. */
async function openPage(basePath: string): Promise<FastifyInstance> {
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  const page = Fastify({ schemaController });
  useCompilers(page);
  // The page asks for the document by its address; what makes it is needed by its name only.
  const nothing = Object.assign(async () => undefined, {
    [Symbol.for('plugin-meta')]: { name: '@fastify/swagger' },
  });
  await page.register(nothing);
  await page.register(swaggerUi, {
    routePrefix: '/docs',
    indexPrefix: basePath,
    staticCSP: true,
    // The page must also work where Glimpse listens on plain HTTP, and must call nobody else.
    transformStaticCSP: (policy) =>
      policy
        .replace(/upgrade-insecure-requests;?/, '')
        .replace('validator.swagger.io', '')
        .replaceAll(' https:', ''),
    uiConfig: { validatorUrl: null },
  });
  await page.ready();
  return page;
}
