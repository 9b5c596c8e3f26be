import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { lookUnder } from '../asked-address.ts';
import { openServer, type ConnectionOptions } from './open-server.ts';
import { respondToSocketError } from './socket-errors.ts';

/** A second port of the same application; the guard answers management calls on it alone. */
export interface AdminListener {
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
}

interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly path?: string;
}

/**
 * Listens beside the application, which must be ready, and treats its connections in the same way. What comes in is looked
 * for under `path`, where one is given. Rejects when the port cannot be had.
 */
export async function listenForAdmin(
  app: FastifyInstance,
  options: ConnectionOptions,
  { host, port, path = '' }: ListenAt,
): Promise<AdminListener> {
  const { server, closeUnused } = openServer(options, (request, response) => {
    lookUnder(path, request);
    app.routing(request, response);
  });
  server.on('clientError', (error: Error, socket: Socket) =>
    respondToSocketError(error, socket, options.onErrorResponse),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        closeUnused();
      }),
  };
}
