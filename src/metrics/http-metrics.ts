import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** One answered (or abandoned) request. `route` is the template, never the address the client sent. */
export interface RequestFacts {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface HttpMetrics {
  requestStarted(): void;
  requestEnded(facts: RequestFacts): void;
  /** Counts an error response by its code of the catalogue. */
  countErrorResponse(code: string): void;
  connectionOpened(): void;
  connectionClosed(): void;
  /** One was closed: too many, of the whole port or from one address, or too many requests sent ahead. */
  connectionDropped(reason: 'server' | 'address' | 'pipelining'): void;
}

export const secondsBuckets = [
  0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Methods and routes come from the router, statuses from the catalogue: every label set is bounded. */
export function createHttpMetrics(register: Registry): HttpMetrics {
  const registers = [register];
  const requests = new Counter({
    name: 'glimpse_http_requests_total',
    help: 'Requests answered, by route template, method and status; 499 means the client left.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'glimpse_http_request_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labelNames: ['route', 'method'],
    buckets: secondsBuckets,
    registers,
  });
  const inFlight = new Gauge({
    name: 'glimpse_http_requests_in_flight',
    help: 'Requests being answered now.',
    registers,
  });
  const failures = new Counter({
    name: 'glimpse_errors_total',
    help: 'Error answers by code; docs/errors.md explains each.',
    labelNames: ['code'],
    registers,
  });
  const connections = new Gauge({
    name: 'glimpse_connections',
    help: 'Connections that are open now.',
    registers,
  });
  const dropped = new Counter({
    name: 'glimpse_connections_dropped_total',
    help: 'Connections closed, because the server or one address had too many, or for too many pipelined requests.',
    labelNames: ['reason'],
    registers,
  });
  return {
    requestStarted: () => inFlight.inc(),
    requestEnded: ({ route, method, status, seconds }) => {
      inFlight.dec();
      requests.inc({ route, method, status: String(status) });
      duration.observe({ route, method }, seconds);
    },
    countErrorResponse: (code) => failures.inc({ code }),
    connectionOpened: () => connections.inc(),
    connectionClosed: () => connections.dec(),
    connectionDropped: (reason) => dropped.inc({ reason }),
  };
}
