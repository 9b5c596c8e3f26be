import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errors, type GlimpseError } from '../errors.ts';
import { errorResponse } from './error-handler.ts';

/**
 * Answers what never became a request: broken HTTP, headers without end, a body that stopped coming.
 * Node hands over the bare socket, so the answer is written by hand, in the shape of all others.
 */
export function answerSocketError(error: Error, socket: Socket): void {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const known = refusal(code);
  const body = JSON.stringify(errorResponse(known, randomUUID()));
  socket.end(
    [
      `HTTP/1.1 ${known.statusCode} ${STATUS_CODES[known.statusCode] ?? 'Bad Request'}`,
      'connection: close',
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
    default:
      return new errors.GLIMPSE_BAD_REQUEST('it is not HTTP/1.1 as we read it.');
  }
}
