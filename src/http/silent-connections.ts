import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a connection that has said nothing yet may still begin to, once the server closes. */
const lastCallMs = 1_000;

/**
 * Node takes a connection that never sent a request for a busy one, and closing would wait for it until
 * its headers time out: browsers and proxies open such connections in advance. They are cut instead.
 */
export function closeSilentConnections(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }) => silent.delete(socket));
  app.addHook('preClose', async () => {
    setTimeout(() => {
      for (const socket of silent) socket.destroy();
    }, lastCallMs).unref();
  });
}
