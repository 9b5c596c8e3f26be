import { Readable } from 'node:stream';
import type { Server } from '../compose.ts';
import { innerRequest, type InnerRequest } from '../http/connections/inner-call.ts';
import { streamInside } from '../http/connections/inner-stream.ts';

/** The program itself calls. */
const from: InnerRequest['from'] = { remoteAddress: '127.0.0.1', localPort: 0 };

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` for a server that listens nowhere: its calls go the way of all others, but over no connection. */
export function inProcessFetch(app: Server['app']): typeof globalThis.fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const { pathname, search } = new URL(asked.url);
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer());
    asked.signal.throwIfAborted();
    const call = {
      method: asked.method,
      url: `${pathname}${search}`,
      headers: [['host', 'localhost'] as const, ...asked.headers],
      body,
    };
    const { answer, leave } = streamInside(
      (request, response) => app.routing(request, response),
      (socket) => innerRequest(call, socket),
      from,
    );
    asked.signal.addEventListener('abort', leave, { once: true });
    const {
      status,
      headers,
      body: stream,
    } = await answer.catch((error: unknown) => {
      asked.signal.throwIfAborted();
      throw error;
    });
    stream.once('close', () => asked.signal.removeEventListener('abort', leave));
    const told = {
      status,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
    };
    if (withoutBody.has(status) || asked.method === 'HEAD') {
      stream.resume();
      return new Response(null, told);
    }
    return new Response(Readable.toWeb(stream), told);
  };
}
