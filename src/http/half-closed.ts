import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * When a client that stopped sending is asked whether it is still there: twice when its answer takes long,
 * because the second asking finds the connection broken by the first, and then now and again.
 */
const askAfterMs = [100, 50];
const askEveryMs = 1_000;

/**
 * A client may end its own side of a connection and still wait for its answer. From here that looks the same
 * as a client that is gone, until something is sent to it: while its answer takes longer, it is sent "100
 * Continue", which every client of HTTP/1.1 passes over. If nobody is there any more, the connection breaks,
 * and what is being done for it ends.
 */
export function answerHalfClosed(app: FastifyInstance): void {
  // Node knows how to, and has no documented name for it.
  Object.assign(app.server, { httpAllowHalfOpen: true });
  app.server.on('request', askWhenHalfClosed);
}

function askWhenHalfClosed(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  let timer: NodeJS.Timeout | undefined;
  const ask = (asked: number): void => {
    timer = setTimeout(() => {
      if (response.headersSent) return;
      response.writeContinue();
      ask(asked + 1);
    }, askAfterMs[asked] ?? askEveryMs);
  };
  const start = (): void => {
    // HTTP/1.0 knows no answer before the answer.
    if (request.httpVersion === '1.1') ask(0);
  };
  if (socket.readableEnded) start();
  else socket.once('end', start);
  response.once('close', () => {
    clearTimeout(timer);
    socket.off('end', start);
  });
}
