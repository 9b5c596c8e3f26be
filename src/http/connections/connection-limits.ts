import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Most connections at a time. */
  readonly maxConnections: number;
  /** Most of them from one address, so that one client leaves connections for health checks. */
  readonly maxConnectionsPerAddress: number;
}

export interface ConnectionObserver {
  connectionOpened(): void;
  connectionClosed(): void;
  /** One was closed, because there were too many or too many requests were sent ahead of their responses. */
  connectionDropped(reason: 'server' | 'address' | 'pipelining'): void;
}

/** Drops connections beyond the limits before a byte of them is read. */
export function limitConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress }: ConnectionLimits,
  observer: ConnectionObserver,
): void {
  const byAddress = new Map<string, number>();
  server.maxConnections = maxConnections;
  server.on('drop', () => observer.connectionDropped('server'));
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = byAddress.get(address) ?? 0;
    if (count >= maxConnectionsPerAddress) {
      observer.connectionDropped('address');
      socket.destroy();
      return;
    }
    byAddress.set(address, count + 1);
    observer.connectionOpened();
    socket.once('close', () => {
      const remaining = byAddress.get(address)! - 1;
      if (remaining > 0) byAddress.set(address, remaining);
      else byAddress.delete(address);
      observer.connectionClosed();
    });
  });
}
