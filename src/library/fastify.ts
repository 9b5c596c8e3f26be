import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { composeServer, type Server } from '../compose.ts';
import { whenClientLeaves } from '../http/client-left.ts';
import { streamInside } from '../http/connections/inner-stream.ts';
import { logThrough } from './log-through.ts';
import type { GlimpseSettings } from './glimpse-settings.ts';
import { configOf, prepareRepository } from './settings.ts';

/** How long an application waits for its models. */
const startWaitMs = 5_000;

/** Options of the plugin, besides `prefix`, which Fastify takes. */
export type GlimpsePluginOptions = GlimpseSettings;

/**
 * All calls of Glimpse in an application of one's own, below the prefix that the plugin is registered with. Its hooks run for them
 * as for its other routes, before and after; the log is that of the application. What Glimpse itself needs of Fastify (parsers,
 * schemas, errors) is inside, and gets in nobody's way.
 */
export default async function glimpsePlugin(
  app: FastifyInstance,
  options: GlimpsePluginOptions,
): Promise<void> {
  const { prefix } = app;
  const config = configOf(options, prefix);
  await prepareRepository(options, config);
  const server = await composeServer(config, logThrough(app.log), (key) => announce(key));
  app.addHook('onReady', async () => {
    await server.app.ready();
    // Fastify gives a hook ten seconds: models that take longer are loaded while the application serves already.
    await Promise.race([server.start(), delay(startWaitMs, undefined, { ref: false })]);
  });
  app.addHook('preClose', async () => {
    await server.drain();
    // The listener closes when its last response has ended.
    server.endStreams();
  });
  app.addHook('onClose', () => server.stop());
  // Bodies go through unread.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  for (const url of ['/', '/*'])
    app.all(url, { exposeHeadRoute: false }, (request, reply) =>
      pass(request, reply, server, prefix),
    );
}

/** Has Glimpse answer a request of the application. */
async function pass(
  request: FastifyRequest,
  reply: FastifyReply,
  server: Server,
  prefix: string,
): Promise<FastifyReply> {
  const { raw } = request;
  const whole = raw.url ?? '/';
  const { remoteAddress = '', localPort = 0 } = raw.socket;
  const { answer, leave } = streamInside(
    (inner, response) => server.app.routing(below(inner, prefix, request.id), response),
    () => raw,
    { remoteAddress, localPort },
  );
  whenClientLeaves(reply, leave);
  const { status, headers, body } = await answer.finally(() => {
    // The application knows it by the address that it came in with.
    raw.url = whole;
  });
  for (const [name, value] of headers) reply.header(name, value);
  // A stream lasts until the application closes, which would then wait for its connection to have been idle long enough.
  if (
    headers.some(
      ([name, value]) => name === 'content-type' && value.startsWith('text/event-stream'),
    )
  )
    reply.header('connection', 'close');
  return reply.code(status).send(body);
}

/** The request as it would have come to Glimpse alone, under the id that it has here. */
function below(raw: IncomingMessage, prefix: string, id: string): IncomingMessage {
  const rest = (raw.url ?? '/').slice(prefix.length);
  raw.url = rest.startsWith('/') ? rest : `/${rest}`;
  raw.headers['x-request-id'] ??= id;
  return raw;
}

/** Shown once, to people: a log is kept and read by many. */
function announce(key: string): void {
  process.stderr.write(`The admin key of this Glimpse, shown this once: ${key}\n`);
}
