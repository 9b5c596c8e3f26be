import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Carries what a passed-on request would lose: from where it came, and at which port. */
export const passedOnHeader = 'x-glimpse-passed-on';

/** By the secret the first process knows that another process of the same server says so. */
export function writePassedOn(secret: string, { remoteAddress, localPort }: Socket): string {
  return `${secret} ${localPort ?? 0} ${remoteAddress ?? ''}`;
}

/** The listener for what the other processes of a server pass on. Close it. */
export interface PrivateListener {
  close(): Promise<void>;
}

/**
 * Listens at a socket of the file system beside the application, which must be ready. What comes in there is taken as if its
 * caller had sent it here. Rejects when the socket cannot be had.
 */
export async function listenPrivately(
  app: FastifyInstance,
  { socketPath, secret }: { readonly socketPath: string; readonly secret: string },
): Promise<PrivateListener> {
  // The processes of a server trust each other, and a connection between them that is idle is kept.
  const timeouts = { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 };
  const server = createServer({ ...timeouts, requireHostHeader: false }, (request, response) => {
    if (takeOver(request, secret)) app.routing(request, response);
    else response.writeHead(403).end();
  });
  // Closed at once, a response that comes before the end of a body would be lost to whoever still passes that on.
  server.on('connection', (socket: Socket) => {
    socket.destroySoon = () => void socket.end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Not shared with the other processes, as every other port is.
    server.listen({ path: socketPath, exclusive: true }, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** Gives the request the address of its caller; false when nobody of this server has sent it. */
function takeOver({ headers, socket }: IncomingMessage, secret: string): boolean {
  const [given, port, ...address] = String(headers[passedOnHeader] ?? '').split(' ');
  if (given !== secret) return false;
  delete headers[passedOnHeader];
  Object.defineProperties(socket, {
    remoteAddress: { value: address.join(' '), configurable: true },
    localPort: { value: Number(port), configurable: true },
  });
  return true;
}
