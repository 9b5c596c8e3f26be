import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { ErrorCode } from '../../errors.ts';
import {
  limitConnections,
  type ConnectionLimits,
  type ConnectionObserver,
} from './connection-limits.ts';
import { probeHalfClosedConnections } from './half-closed.ts';
import { ReadingTurns } from './reading-turns.ts';
import { handleInTurn, trackPendingResponses } from './pending-responses.ts';
import { trackUnusedConnections } from './unused-connections.ts';
import { handleNodeRefusals } from './socket-errors.ts';
import { createTlsServer, type TlsMaterial } from './tls.ts';

/** How every listener of this program treats its connections. */
export interface ConnectionOptions extends ConnectionLimits {
  /** Certificate and key, where HTTPS is spoken. */
  readonly tls?: TlsMaterial | undefined;
  /** How long an idle connection stays open. */
  readonly keepAliveTimeoutMs: number;
  /** Longest time the headers of a request may take to arrive. */
  readonly headersTimeoutMs: number;
  /** Longest time a whole request may take to arrive. */
  readonly receiveTimeoutMs: number;
  readonly observer: ConnectionObserver;
  /** Called for every refusal that never became a request. */
  readonly onErrorResponse: (code: ErrorCode) => void;
}

export interface OpenServer {
  readonly server: Server;
  /** Closes connections that never sent a request; called when the server closes. */
  readonly closeUnused: () => void;
}

/** An HTTP or HTTPS server that is not listening yet. */
export function openServer(options: ConnectionOptions, listener: RequestListener): OpenServer {
  const { tls, observer, onErrorResponse } = options;
  const timeouts = timeoutsOf(options);
  const turns = new ReadingTurns();
  const inTurn = handleInTurn(listener, {
    onAhead: () => turns.takeAhead(),
    onDrop: () => observer.connectionDropped('pipelining'),
  });
  const server = tls ? createTlsServer(tls, timeouts, inTurn) : createServer(timeouts, inTurn);
  limitConnections(server, options, observer);
  trackPendingResponses(server);
  turns.follow(server, tls ? 'secureConnection' : 'connection');
  probeHalfClosedConnections(server);
  handleNodeRefusals(server, onErrorResponse);
  return { server, closeUnused: trackUnusedConnections(server) };
}

function timeoutsOf(options: ConnectionOptions): ServerOptions {
  const { keepAliveTimeoutMs, headersTimeoutMs, receiveTimeoutMs } = options;
  return {
    // A load balancer reuses a connection until its own idle timeout, so the server must not close first.
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: Math.max(receiveTimeoutMs, headersTimeoutMs),
    connectionsCheckingInterval: 5_000,
    // Node's own refusal has no body: socket-errors.ts refuses a missing host with one.
    requireHostHeader: false,
  };
}
