import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { nextPendingResponse } from './pending-responses.ts';

/**
 * When a half-closed connection is probed: twice soon, because a client that is gone resets the connection upon
 * the first probe and the second one notices, and then at intervals.
 */
const firstProbesMs = [100, 50];
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
    server.on(event, (socket: Socket) => socket.once('end', () => probeWhilePending(socket)));
  }
}

function probeWhilePending(socket: Socket): void {
  let timer: NodeJS.Timeout | undefined;
  const scheduleProbe = (sent: number): void => {
    timer = setTimeout(() => {
      const response = nextPendingResponse(socket);
      if (!response) return;
      // HTTP/1.0 has no interim responses.
      if (!response.headersSent && response.req.httpVersion === '1.1') response.writeContinue();
      scheduleProbe(sent + 1);
    }, firstProbesMs[sent] ?? probeIntervalMs);
  };
  scheduleProbe(0);
  socket.once('close', () => clearTimeout(timer));
}
