import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long a connection without a request may still send its first one, once the server closes. */
const closeGraceMs = 1_000;

/**
 * Node counts a connection that never sent a request as busy, and closing would wait for it until its headers
 * time out: browsers and proxies open such connections in advance. The returned function closes them after a
 * short grace period.
 */
export function trackUnusedConnections(server: Pick<Server, 'on'>): () => void {
  // Keyed by the remote address and port: with TLS the socket of a request is not the one that was accepted.
  const unused = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    unused.set(peer, socket);
    socket.once('close', () => unused.delete(peer));
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    if (unused.size > 0) unused.delete(peerOf(socket));
  });
  return () => {
    setTimeout(() => {
      for (const socket of unused.values()) socket.destroy();
    }, closeGraceMs).unref();
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
