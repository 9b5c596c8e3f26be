import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { errors, type ErrorCode, type GlimpseError } from '../../errors.ts';
import { errorResponse } from '../error-handler.ts';
import { owedNext } from './owed-responses.ts';

/**
 * Gives what Node would refuse by itself and with an empty body to the handlers of requests, or where there
 * is no request yet, the same shape of answer: unmet expectations, CONNECT.
 */
export function answerForNode(
  server: Pick<Server, 'on' | 'emit'>,
  onAnswer: (code: ErrorCode) => void,
): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  );
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    onAnswer('GLIMPSE_BAD_REQUEST');
    answer(socket, new errors.GLIMPSE_BAD_REQUEST('CONNECT is for proxies, and this is none.'));
  });
}

/** Refuses in our words what Node was told not to refuse by itself: a missing host, an unmet expectation. */
export function refuseForNode(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers, raw }, reply) => {
    const { expect, host } = headers;
    if (raw.httpVersion === '1.1' && host === undefined) {
      void reply.header('connection', 'close');
      throw new errors.GLIMPSE_BAD_REQUEST('it has no host header, which HTTP/1.1 asks for.');
    }
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
      throw new errors.GLIMPSE_EXPECTATION_FAILED(expect.slice(0, 100));
    }
  });
}

/**
 * Answers what never became a request: broken HTTP, headers without end, a body that stopped coming.
 * Node hands over the bare socket, so the answer is written by hand, in the shape of all others.
 */
export function answerSocketError(
  error: Error,
  socket: Socket,
  onAnswer: (code: ErrorCode) => void,
): void {
  const code = 'code' in error ? error.code : undefined;
  const begun = owedNext(socket);
  const isResponding = begun?.headersSent === true && !begun.writableFinished;
  if (code === 'ECONNRESET' || !socket.writable || isResponding) {
    socket.destroy();
    return;
  }
  const known = refusal(code);
  onAnswer(known.code);
  answer(socket, known);
}

function answer(socket: Socket, error: GlimpseError): void {
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

function refusal(code: unknown): GlimpseError {
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
