import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The responses that a connection still owes, in the order of their requests. */
const owed = new WeakMap<Socket, Set<ServerResponse>>();

/** A connection that owes more is read no further; a client that waits for its answers never owes two. */
const mostOwed = 32;

/**
 * Keeps count of what every connection owes. A client may send its next requests before it has its answers; when
 * its connection then ends, Node tells the first of the waiting responses and no other, so that the rest would
 * neither be cancelled nor be counted as over: here they are told as well.
 */
export function keepOwedResponses(server: Pick<Server, 'on'>): void {
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const responses = owed.get(socket) ?? follow(socket);
    responses.add(response);
    if (responses.size > mostOwed) socket.pause();
    response.once('close', () => {
      if (responses.delete(response) && responses.size === mostOwed / 2) socket.resume();
    });
  });
}

/** The response that is on the wire or comes next; undefined when the connection owes nothing. */
export function owedNext(socket: Socket): ServerResponse | undefined {
  const [first] = owed.get(socket) ?? [];
  return first;
}

function follow(socket: Socket): Set<ServerResponse> {
  const responses = new Set<ServerResponse>();
  owed.set(socket, responses);
  socket.once('close', () => {
    for (const response of responses) {
      responses.delete(response);
      if (response.closed) continue;
      response.destroy();
      response.emit('close');
    }
  });
  return responses;
}
