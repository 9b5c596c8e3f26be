import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { nextPendingResponse } from './pending-responses.ts';

/**
 * Pauses before the probes of a half-closed connection: two soon, because a client that is gone resets the
 * connection upon the first probe and the second one notices, and then at intervals.
 */
const halfClosedMs = [100, 50];
/** Of a connection that is not read, which most clients keep open: later, and for the same reason two. */
const unreadMs = [300, 50];
const probeIntervalMs = 1_000;

/**
 * A client may end its own side of a connection and still wait for its response. To the server that looks the same
 * as a client that is gone, until something is sent: so while the response is computed, "100 Continue" is sent,
 * which every HTTP/1.1 client ignores. If the client is gone, the connection breaks, and the request is cancelled.
 */
export function probeHalfClosedConnections(server: Pick<Server, 'on'>): void {
  // An undocumented property of Node's HTTP server.
  Object.assign(server, { httpAllowHalfOpen: true });
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) =>
      socket.once('end', () => probe(socket, halfClosedMs, () => true)),
    );
  }
}

/** Probes a connection in the same way while it is not read, so that it is noticed when its client is gone. */
export function probeWhileUnread(socket: Socket, isUnread: () => boolean): void {
  probe(socket, unreadMs, isUnread);
}

/** Probes a connection as long as it has a pending response and `isWanted`. */
function probe(socket: Socket, firstMs: readonly number[], isWanted: () => boolean): void {
  let timer: NodeJS.Timeout | undefined;
  const scheduleProbe = (sent: number): void => {
    timer = setTimeout(() => {
      const response = nextPendingResponse(socket);
      if (!response || !isWanted()) return;
      // HTTP/1.0 has no interim responses.
      if (!response.headersSent && response.req.httpVersion === '1.1') response.writeContinue();
      scheduleProbe(sent + 1);
    }, firstMs[sent] ?? probeIntervalMs);
  };
  scheduleProbe(0);
  socket.once('close', () => clearTimeout(timer));
}
