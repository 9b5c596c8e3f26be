import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { errors } from '../../errors.ts';

/** A call that came over another wire, as a request of this server. */
export interface InnerRequest {
  readonly method: string;
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
export function callInside(app: Pick<FastifyInstance, 'routing'>, call: InnerRequest): InnerCall {
  const pieces: Buffer[] = [];
  const socket = new InnerSocket(call.from, (piece, done) => {
    pieces.push(piece);
    done();
  });
  const response = answerOver(socket, innerRequest(call, socket), (...both) =>
    app.routing(...both),
  );
  const answer = new Promise<InnerAnswer>((resolve, reject) => {
    response.once('close', () => reject(new errors.GLIMPSE_CLIENT_CLOSED()));
    response.once('finish', () => resolve(answerIn(response.statusCode, Buffer.concat(pieces))));
  });
  return {
    answer,
    leave: () => {
      socket.destroy();
    },
  };
}

/** A call as a request that lies there whole. */
export function innerRequest(
  { method, url, headers, body }: Omit<InnerRequest, 'from'>,
  socket: Socket,
): IncomingMessage {
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
  return request;
}

/** Has `answer` answer a request over a socket that nobody is connected to; the response closes when it is finished. */
export function answerOver(
  socket: InnerSocket,
  request: IncomingMessage,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): ServerResponse {
  const response = new ServerResponse(request);
  // Its bytes are taken apart here, and need no marks between them.
  response.useChunkedEncodingByDefault = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    response.detachSocket(socket);
    process.nextTick(() => {
      response.destroyed = true;
      response.emit('close');
    });
  });
  answer(request, response);
  return response;
}

/** A response as it would have gone over a connection. */
function answerIn(status: number, bytes: Buffer): InnerAnswer {
  const end = bytes.indexOf(headEnd);
  const headers = fieldsIn(bytes.subarray(0, end));
  return {
    status,
    headers: Object.fromEntries(headers),
    body: bytes.subarray(end + headEnd.length),
  };
}

/** What stands between the head of a message and its body. */
export const headEnd = '\r\n\r\n';

/** The fields in the head of a response, their names in lower case. */
export function fieldsIn(head: Buffer): (readonly [string, string])[] {
  const [, ...lines] = head.toString('latin1').split('\r\n');
  return lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
}

/** Takes a piece of what would go over a connection; no other comes before it is done. */
export type TakePiece = (piece: Buffer, done: () => void) => void;

/** Nothing comes over it but what the request has already. */
export class InnerSocket extends Socket {
  readonly #take: TakePiece;

  constructor({ remoteAddress, localPort }: InnerRequest['from'], take: TakePiece) {
    super();
    this.#take = take;
    Object.defineProperties(this, {
      remoteAddress: { value: remoteAddress },
      localPort: { value: localPort },
    });
  }

  override _read(): void {}

  override _write(chunk: Written['chunk'], encoding: BufferEncoding, done: () => void): void {
    this.#take(bytesOf({ chunk, encoding }), done);
  }

  override _writev(chunks: readonly Written[], done: () => void): void {
    this.#take(Buffer.concat(chunks.map(bytesOf)), done);
  }
}

interface Written {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

function bytesOf({ chunk, encoding }: Written): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}
