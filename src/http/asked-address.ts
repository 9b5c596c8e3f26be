import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** What requests asked for whose calls are looked for elsewhere. */
const asked = new WeakMap<IncomingMessage, string>();

/** Looks for a request under `path`, and keeps what it asked for. */
export function lookUnder(path: string, request: IncomingMessage): void {
  const { url = '/' } = request;
  if (path !== '') asked.set(request, url);
  request.url = `${path}${url}`;
}

/** The address that a request was sent to, as its sender knows it. */
export function addressOf({ raw, originalUrl }: FastifyRequest): string {
  return asked.get(raw) ?? originalUrl;
}
