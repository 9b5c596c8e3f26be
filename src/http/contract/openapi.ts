import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { entryBeside } from '../../entry.ts';
import { isRecord } from '../../json.ts';
import { startThread } from '../../threads.ts';
import { registerDocsPage } from './docs-page.ts';
import { onceItSucceeds } from './once.ts';
import type { ContractRequest, DescribedRoute, DescribedServer } from './render-contract.ts';

/** The bytes that a client gets, and what names them. */
interface Served {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Serves the contract of all routes registered afterwards under /openapi.json and, for people, under /docs. */
export function registerOpenApi(
  app: FastifyInstance,
  { version, basePath }: Pick<DescribedServer, 'version' | 'basePath'>,
): void {
  const routes: DescribedRoute[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method === 'HEAD') return;
    // Hooks that run later may still complete the schema of the route: it is read when the document is made.
    routes.push({
      method: route.method,
      url: route.url,
      get schema() {
        return route.schema ?? {};
      },
      get access() {
        return route.config?.access;
      },
      get errorSchema() {
        return route.config?.errorSchema;
      },
    });
  });
  const described = (): DescribedServer => ({
    version,
    basePath,
    schemas: Object.values(app.getSchemas()).filter(isRecord),
    routes: routes.filter(({ schema }) => !('hide' in schema)),
  });
  // Its bytes once: clients that ask for it again and again and read it slowly all wait for the same ones.
  const contractIn = (form: ContractRequest['form']) =>
    onceItSucceeds(async () => servedOf(await renderOnThread({ server: described(), form })));
  const [json, yaml] = [contractIn('json'), contractIn('yaml')];
  app.get('/openapi.json', { schema: { hide: true } }, async (request, reply) =>
    send(request, reply, await json(), 'application/json; charset=utf-8'),
  );
  app.get('/docs/json', { schema: { hide: true } }, async (request, reply) =>
    send(request, reply, await json(), 'application/json; charset=utf-8'),
  );
  app.get('/docs/yaml', { schema: { hide: true } }, async (request, reply) =>
    send(request, reply, await yaml(), 'application/x-yaml'),
  );
  registerDocsPage(app, basePath);
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, etag }: Served,
  type: string,
): FastifyReply {
  void reply.header('etag', etag).header('cache-control', 'no-cache');
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(type).send(bytes);
}

/**
 * Writing the document takes the event loop longer than any call may, and what writes it more memory than a server that is never
 * asked for it should hold: a thread does it, and ends.
 */
async function renderOnThread(request: ContractRequest): Promise<Uint8Array> {
  const thread = startThread<ContractRequest, Uint8Array>(
    entryBeside(import.meta.url, 'contract-worker'),
    { does: 'writes the contract' },
  );
  try {
    // Schemas have symbols and functions besides what is written; none of that could be sent.
    const described: ContractRequest = JSON.parse(JSON.stringify(request));
    return await thread.ask(described);
  } finally {
    await thread.close();
  }
}

function servedOf(rendered: Uint8Array): Served {
  const bytes = Buffer.from(rendered.buffer, rendered.byteOffset, rendered.byteLength);
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}
