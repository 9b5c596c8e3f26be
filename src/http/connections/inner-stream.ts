import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { errors } from '../../errors.ts';
import { answerOver, fieldsIn, headEnd, InnerSocket, type InnerRequest } from './inner-call.ts';

/** A response whose body is still coming. */
export interface StreamedAnswer {
  readonly status: number;
  /** Names in lower case; one may stand more than once. What is about a connection is left out: this has come over none. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Readable;
}

export interface StreamedCall {
  /** Resolves with the head. Rejects with GLIMPSE_CLIENT_CLOSED when its caller has left. */
  readonly answer: Promise<StreamedAnswer>;
  /** Its caller has left. */
  readonly leave: () => void;
}

const ofConnection: ReadonlySet<string> = new Set(['connection', 'date', 'keep-alive']);

/** Has `routing` answer a request that came over no connection of it, and hands on what it writes as it is written. */
export function streamInside(
  routing: (request: IncomingMessage, response: ServerResponse) => void,
  request: (socket: InnerSocket) => IncomingMessage,
  from: InnerRequest['from'],
): StreamedCall {
  const body = new PassThrough();
  // Whoever does not read it any more does not want to know.
  body.on('error', () => {});
  let settle: Settle | undefined;
  const answer = new Promise<StreamedAnswer>((resolve, reject) => {
    settle = { resolve, reject };
  });
  let head: Buffer | undefined = Buffer.alloc(0);
  const socket = new InnerSocket(from, (piece, done) => {
    if (head === undefined) return pass(body, piece, done);
    head = Buffer.concat([head, piece]);
    const end = head.indexOf(headEnd);
    if (end === -1) return done();
    const rest = head.subarray(end + headEnd.length);
    settle?.resolve({ ...headIn(head.subarray(0, end)), body });
    head = undefined;
    return pass(body, rest, done);
  });
  // It may be answered before this returns.
  const response = answerOver(socket, request(socket), routing);
  response.once('finish', () => body.end());
  response.once('close', () => {
    settle?.reject(new errors.GLIMPSE_CLIENT_CLOSED());
    // Cut off: whoever reads must not take it for the whole.
    if (!response.writableFinished) body.destroy(new errors.GLIMPSE_CLIENT_CLOSED());
  });
  body.once('close', () => {
    if (!body.readableEnded) socket.destroy();
  });
  return {
    answer,
    leave: () => {
      socket.destroy();
    },
  };
}

/** The status line and the fields, without those of a connection. */
function headIn(head: Buffer): Omit<StreamedAnswer, 'body'> {
  const [, status = ''] = /^HTTP\/1\.1 (\d{3})/.exec(head.toString('latin1', 0, 12)) ?? [];
  const headers = fieldsIn(head).filter(([name]) => !ofConnection.has(name));
  return { status: Number(status), headers };
}

interface Settle {
  resolve(answer: StreamedAnswer): void;
  reject(error: Error): void;
}

/** Waits for whoever reads the body, as a connection would. */
function pass(body: PassThrough, piece: Buffer, done: () => void): void {
  if (piece.length === 0 || body.destroyed || body.write(piece)) done();
  else body.once('drain', done);
}
