import {
  Agent,
  request as openRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, withDetails } from '../../errors.ts';
import { hasLeft } from '../client-left.ts';
import { drainThenClose } from '../request-log.ts';
import { passedOnHeader, writePassedOn } from './private-listener.ts';

export interface PassOnOptions {
  /** Where the first process listens; undefined while it does not. */
  socketPath(): string | undefined;
  readonly secret: string;
}

/** What every process answers itself, besides predictions: how it is. */
const ownRoutes = new Set([
  '/',
  '/livez',
  '/readyz',
  '/health',
  '/ping',
  '/v2',
  '/v2/',
  '/v2/health/live',
  '/v2/health/ready',
]);

/**
 * Passes everything on to the first process of the server but predictions and probes: jobs, evidence and management are
 * one process's own. To be installed before anything looks at a request; what `refuse` installs comes after the log.
 */
export function createPassOn(options: PassOnOptions) {
  const agent = new Agent({ keepAlive: true });
  const failures = new WeakMap<FastifyRequest, Error>();
  return {
    install(app: FastifyInstance): void {
      app.addHook('onClose', async () => agent.destroy());
      app.addHook('onRequest', async (request, reply) => {
        if (isOwn(request)) return;
        try {
          sendBack(await passOn(request, options, agent), request, reply);
        } catch (error) {
          // Whoever has left is counted where the call went to, and nothing here would hear of its end any more.
          if (hasLeft(reply)) reply.hijack();
          failures.set(request, withDetails(new errors.GLIMPSE_PROCESS_AWAY(), {}, error));
        }
      });
    },
    /** What could not be passed on is refused as any other request is. */
    refuse(app: FastifyInstance): void {
      app.addHook('onRequest', async (request) => {
        const failure = failures.get(request);
        if (failure) throw failure;
      });
    },
  };
}

function isOwn({ routeOptions: { config, url = '' } }: FastifyRequest): boolean {
  return config.access === 'predict' || ownRoutes.has(url);
}

/** Resolves with the head of the response. */
function passOn(
  { raw }: FastifyRequest,
  options: PassOnOptions,
  agent: Agent,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const path = options.socketPath();
    if (path === undefined) throw new Error('the first process does not listen');
    const sent = openRequest({
      socketPath: path,
      agent,
      method: raw.method,
      path: raw.url,
      setHost: false,
      headers: {
        ...headersOf(raw.rawHeaders),
        [passedOnHeader]: writePassedOn(options.secret, raw.socket),
      },
    });
    sent.once('response', resolve);
    sent.once('error', reject);
    raw.once('close', () => {
      if (!raw.complete) sent.destroy();
    });
    if (hasBody(raw)) raw.pipe(sent);
    else sent.end();
  });
}

function sendBack(response: IncomingMessage, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(
    response.statusCode ?? 502,
    headersOf(response.rawHeaders, response.headers.connection),
  );
  raw.flushHeaders();
  response.pipe(raw);
  response.once('error', () => raw.destroy());
  raw.once('close', () => {
    response.destroy();
    drainThenClose(request);
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Headers that are about one connection, not about the message. */
const ofConnection = new Set(['connection', 'keep-alive', 'expect', 'upgrade', 'proxy-connection']);

/** Whoever asks to close this connection is heard: it is how a server that drains gets its clients to go elsewhere. */
function headersOf(rawHeaders: readonly string[], connection?: string): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at]!.toLowerCase(), rawHeaders[at + 1]!];
    if (ofConnection.has(name) || name === passedOnHeader) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return connection === 'close' ? { ...headers, connection } : headers;
}
