import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long a connection that has said nothing yet may still begin to, once the server closes. */
const lastCallMs = 1_000;

/**
 * Node takes a connection that never sent a request for a busy one, and closing would wait for it until
 * its headers time out: browsers and proxies open such connections in advance. What is returned lets go of
 * them, a moment after it was called.
 */
export function followSilentConnections(server: Pick<Server, 'on'>): () => void {
  // By their other end: with TLS the socket of a request is not the one that was accepted.
  const silent = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    silent.set(peer, socket);
    socket.once('close', () => silent.delete(peer));
  });
  server.on('request', ({ socket }: IncomingMessage) => silent.delete(peerOf(socket)));
  return () => {
    setTimeout(() => {
      for (const socket of silent.values()) socket.destroy();
    }, lastCallMs).unref();
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
