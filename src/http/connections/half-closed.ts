import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { owedNext } from './owed-responses.ts';

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
export function answerHalfClosed(server: Pick<Server, 'on'>): void {
  // Node knows how to, and has no documented name for it.
  Object.assign(server, { httpAllowHalfOpen: true });
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => socket.once('end', () => askWhileOwed(socket)));
  }
}

function askWhileOwed(socket: Socket): void {
  let timer: NodeJS.Timeout | undefined;
  const ask = (asked: number): void => {
    timer = setTimeout(() => {
      const response = owedNext(socket);
      if (!response) return;
      // HTTP/1.0 knows no answer before the answer.
      if (!response.headersSent && response.req.httpVersion === '1.1') response.writeContinue();
      ask(asked + 1);
    }, askAfterMs[asked] ?? askEveryMs);
  };
  ask(0);
  socket.once('close', () => clearTimeout(timer));
}
