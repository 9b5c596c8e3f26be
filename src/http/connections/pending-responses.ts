import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The responses of a connection that are not sent yet, in the order of their requests. */
const pendingByConnection = new WeakMap<Socket, Set<ServerResponse>>();

/** A connection with more pending responses is not read further; without pipelining there is never more than one. */
const maxPending = 32;

/**
 * Tracks the pending responses of every connection. A client may send its next requests before it has its responses
 * (pipelining); when its connection then ends, Node emits 'close' on the first pending response only, so that the
 * others would neither be cancelled nor counted as ended: here 'close' is emitted on them as well.
 */
export function trackPendingResponses(server: Pick<Server, 'on'>): void {
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const responses = pendingByConnection.get(socket) ?? track(socket);
    responses.add(response);
    if (responses.size > maxPending) socket.pause();
    response.once('close', () => {
      if (responses.delete(response) && responses.size === maxPending / 2) socket.resume();
    });
  });
}

/** The response that is being sent or is sent next; undefined when none is pending. */
export function nextPendingResponse(socket: Socket): ServerResponse | undefined {
  const [first] = pendingByConnection.get(socket) ?? [];
  return first;
}

function track(socket: Socket): Set<ServerResponse> {
  const responses = new Set<ServerResponse>();
  pendingByConnection.set(socket, responses);
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
