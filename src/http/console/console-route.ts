import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors } from '../../errors.ts';
import { acceptedCoding, createConsoleFiles, type ConsoleFile } from './console-files.ts';

/**
 * What the page may do: its own scripts, styles and pictures, calls to this server, and pictures that it has made or was
 * given itself. Nothing is loaded from elsewhere, and no other site may frame it.
 */
const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'permissions-policy': 'camera=(self), geolocation=(), microphone=()',
};

/** Names of files that carry a digest of what is in them never mean anything else. */
const forever = 'public, max-age=31536000, immutable';

/**
 * The console: a page for people, which asks the calls of this server as any other client does. Its files are read when
 * somebody first looks at it. They are for anybody: they hold nothing, and what the page asks for needs a key as ever.
 */
export function registerConsole(app: FastifyInstance, folder: string): void {
  const files = createConsoleFiles(folder);
  // Relative, so that the page is found behind a proxy that serves it below another address.
  app.get('/console', hidden, (_request, reply) =>
    reply
      .code(302)
      .headers({ location: 'console/', vary: 'accept, origin', 'cache-control': 'no-store' })
      .send(),
  );
  app.get<{ Params: { '*': string } }>('/console/*', hidden, async (request, reply) => {
    const name = request.params['*'] || 'index.html';
    const file = await files.find(name);
    if (!file) throw new errors.GLIMPSE_ROUTE_NOT_FOUND('such file of the console');
    return sendFile(request, reply, file);
  });
}

const hidden = { schema: { hide: true } };

function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  const coding = acceptedCoding(request.headers['accept-encoding'], file);
  const etag = `"${file.digest}-${coding ?? 'identity'}"`;
  void reply.headers({
    ...pageHeaders,
    etag,
    vary: 'accept-encoding, origin',
    'cache-control': file.isNamedByDigest ? forever : 'no-cache',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  if (coding !== undefined) void reply.header('content-encoding', coding);
  return reply.type(file.type).send(coding === undefined ? file.bytes : file.encoded[coding]);
}

/**
 * Where a browser asks for the server itself, it is shown the console; programs (KServe asks so whether the server
 * lives) get what they always got.
 */
export function asksForPage(url: string, accept: string | undefined): boolean {
  return (url === '/' || url.startsWith('/?')) && accept !== undefined && /text\/html/.test(accept);
}
