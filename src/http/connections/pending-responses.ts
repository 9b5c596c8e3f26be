import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The responses of a connection that are not sent yet, in the order of their requests. */
const pendingOf = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Tracks the pending responses of every connection. A client may send its next requests before it has its responses
 * (pipelining); when its connection then ends, Node emits 'close' on the first pending response only, so that the
 * others would neither be cancelled nor counted as ended: here 'close' is emitted on them as well.
 */
export function trackPendingResponses(server: Pick<Server, 'on'>): void {
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const pending = pendingOf.get(socket) ?? trackConnection(socket);
    pending.add(response);
    response.once('close', () => pending.delete(response));
  });
}

/** How many requests of a connection are not answered yet. */
export function countPending(socket: Socket): number {
  return pendingOf.get(socket)?.size ?? 0;
}

/** Whether a response of a connection is being sent, or waits to be. */
export function isSending(socket: Socket): boolean {
  return [...(pendingOf.get(socket) ?? [])].some(({ headersSent }) => headersSent);
}

/** The response that is being sent or is sent next; undefined when none is pending. */
export function nextPendingResponse(socket: Socket): ServerResponse | undefined {
  const [first] = pendingOf.get(socket) ?? [];
  return first;
}

function trackConnection(socket: Socket): Set<ServerResponse> {
  const pending = new Set<ServerResponse>();
  pendingOf.set(socket, pending);
  socket.once('close', () => {
    for (const response of pending) {
      pending.delete(response);
      if (response.closed) continue;
      response.destroy();
      response.emit('close');
    }
  });
  return pending;
}
