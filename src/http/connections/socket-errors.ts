import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { errors, type ErrorCode, type GlimpseError } from '../../errors.ts';
import { errorResponse } from '../error-handler.ts';
import { nextPendingResponse } from './pending-responses.ts';

/**
 * Node refuses unmet expectations and CONNECT by itself, with an empty body. Here they get an error response of the
 * usual shape: from the request handlers, or, where there is no request yet, by hand.
 */
export function handleNodeRefusals(
  server: Pick<Server, 'on' | 'emit'>,
  onErrorResponse: (code: ErrorCode) => void,
): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  );
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    onErrorResponse('GLIMPSE_BAD_REQUEST');
    writeErrorResponse(
      socket,
      new errors.GLIMPSE_BAD_REQUEST('CONNECT is for proxies, and this is none.'),
    );
  });
}

/**
 * Refuses, with an error of ours, what Node is configured not to refuse by itself: a missing host, an unmet expectation, and
 * an address that begins with an asterisk, of which the router would see the rest alone.
 */
export function refuseLikeNode(app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers, raw, originalUrl }, reply, done) => {
    const { expect, host } = headers;
    if (originalUrl.startsWith('*')) {
      throw new errors.GLIMPSE_BAD_REQUEST('its address is neither a path nor a whole address.');
    }
    if (raw.httpVersion === '1.1' && host === undefined) {
      void reply.header('connection', 'close');
      throw new errors.GLIMPSE_BAD_REQUEST('it has no host header, which HTTP/1.1 asks for.');
    }
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
      throw new errors.GLIMPSE_EXPECTATION_FAILED(expect.slice(0, 100));
    }
    done();
  });
}

/**
 * Responds to what never became a request: malformed HTTP, headers that do not end, a body that stopped arriving.
 * Node gives only the socket, so the response is written by hand, in the shape of all others.
 */
export function respondToSocketError(
  error: Error,
  socket: Socket,
  onErrorResponse: (code: ErrorCode) => void,
): void {
  const code = 'code' in error ? error.code : undefined;
  const response = nextPendingResponse(socket);
  const isResponding = response?.headersSent === true && !response.writableFinished;
  if (code === 'ECONNRESET' || !socket.writable || isResponding) {
    socket.destroy();
    return;
  }
  const known = errorFor(code);
  onErrorResponse(known.code);
  writeErrorResponse(socket, known);
}

function writeErrorResponse(socket: Socket, error: GlimpseError): void {
  const requestId = randomUUID();
  const body = JSON.stringify(errorResponse(error, requestId));
  socket.end(
    [
      `HTTP/1.1 ${error.statusCode} ${STATUS_CODES[error.statusCode] ?? 'Bad Request'}`,
      'connection: close',
      `x-request-id: ${requestId}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}

function errorFor(code: unknown): GlimpseError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new errors.GLIMPSE_HEADERS_TOO_LARGE();
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new errors.GLIMPSE_RECEIVE_TIMEOUT();
    case 'HPE_INVALID_EOF_STATE':
      return new errors.GLIMPSE_BAD_REQUEST('it ended before it was whole.');
    default:
      return new errors.GLIMPSE_BAD_REQUEST('it is not HTTP/1.1 as we read it.');
  }
}
