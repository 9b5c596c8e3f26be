import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { errors } from '../../errors.ts';

/** A call that came over another wire, as a request of this server. */
export interface InnerRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** In lower case; a name may stand more than once. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Buffer | undefined;
  /** Where its caller is, and at which port it came in. */
  readonly from: { readonly remoteAddress: string; readonly localPort: number };
}

export interface InnerAnswer {
  readonly status: number;
  /** In lower case; of those that stand twice, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A call that is being answered. */
export interface InnerCall {
  /** Rejects with GLIMPSE_CLIENT_CLOSED when its caller has left. */
  readonly answer: Promise<InnerAnswer>;
  /** Its caller has left. */
  readonly leave: () => void;
}

/**
 * Has the application answer a call that came over no connection of it: it goes the way of every request, and is let in,
 * logged, counted, and passed on to another process as one.
 */
export function callInside(
  app: Pick<FastifyInstance, 'routing'>,
  { method, url, headers, body, from }: InnerRequest,
): InnerCall {
  const pieces: Buffer[] = [];
  const socket = new InnerSocket(from, pieces);
  const request = new IncomingMessage(socket);
  request.method = method;
  request.url = url;
  request.httpVersion = '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.headers = Object.fromEntries(headers);
  request.rawHeaders = headers.flat();
  if (body) {
    request.headers['content-length'] = String(body.length);
    request.push(body);
  }
  request.push(null);
  request.complete = true;
  const response = new ServerResponse(request);
  // Its bytes are put together here, and need no marks between them.
  response.useChunkedEncodingByDefault = false;
  response.assignSocket(socket);
  const answer = new Promise<InnerAnswer>((resolve, reject) => {
    response.once('close', () => reject(new errors.GLIMPSE_CLIENT_CLOSED()));
    response.once('finish', () => {
      resolve(answerIn(response.statusCode, Buffer.concat(pieces)));
      response.detachSocket(socket);
      process.nextTick(() => {
        response.destroyed = true;
        response.emit('close');
      });
    });
  });
  app.routing(request, response);
  return {
    answer,
    leave: () => {
      socket.destroy();
    },
  };
}

/** A response as it would have gone over a connection. */
function answerIn(status: number, bytes: Buffer): InnerAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const [, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status, headers: Object.fromEntries(headers), body: bytes.subarray(end + 4) };
}

/** Takes what would go over a connection; nothing comes over it but what the request has already. */
class InnerSocket extends Socket {
  readonly #pieces: Buffer[];

  constructor({ remoteAddress, localPort }: InnerRequest['from'], pieces: Buffer[]) {
    super();
    this.#pieces = pieces;
    Object.defineProperties(this, {
      remoteAddress: { value: remoteAddress },
      localPort: { value: localPort },
    });
  }

  override _read(): void {}

  override _write(chunk: Written['chunk'], encoding: BufferEncoding, done: () => void): void {
    this.#take({ chunk, encoding });
    done();
  }

  override _writev(chunks: readonly Written[], done: () => void): void {
    for (const each of chunks) this.#take(each);
    done();
  }

  #take({ chunk, encoding }: Written): void {
    this.#pieces.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
  }
}

interface Written {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}
