import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** A second port of the same application; the guard answers management calls on it alone. */
export interface AdminListener {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens beside the application, which must be ready. Rejects when the port cannot be had. */
export async function listenForAdmin(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<AdminListener> {
  const server: Server = createServer((request, response) => app.routing(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
