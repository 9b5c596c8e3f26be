import { Counter, type Registry } from 'prom-client';
import { sampledGauge } from './sampled-gauge.ts';
import { SeriesCounter, SeriesHistogram, type CountSeries, type ObservedSeries } from './series.ts';

/** One answered (or abandoned) request. `route` is the template, never the address the client sent. */
export interface RequestFacts {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
  /** Of its trace, where one is kept of it. */
  readonly traceId?: string | undefined;
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
  const requests = new SeriesCounter({
    name: 'glimpse_http_requests_total',
    help: 'Requests answered, by route template, method and status; 499 means the client left.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const duration = new SeriesHistogram({
    name: 'glimpse_http_request_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labelNames: ['route', 'method'],
    buckets: secondsBuckets,
    registers,
  });
  const now = { inFlight: 0, connections: 0 };
  sampledGauge(
    register,
    { name: 'glimpse_http_requests_in_flight', help: 'Requests being answered now.' },
    () => [{ labels: {}, value: now.inFlight }],
  );
  const failures = new Counter({
    name: 'glimpse_errors_total',
    help: 'Error answers by code; docs/errors.md explains each.',
    labelNames: ['code'],
    registers,
  });
  sampledGauge(
    register,
    { name: 'glimpse_connections', help: 'Connections that are open now.' },
    () => [{ labels: {}, value: now.connections }],
  );
  const dropped = new Counter({
    name: 'glimpse_connections_dropped_total',
    help: 'Connections closed, because the server or one address had too many, or for too many pipelined requests.',
    labelNames: ['reason'],
    registers,
  });
  const seriesOf = requestSeries(requests, duration);
  return {
    requestStarted: () => (now.inFlight += 1),
    requestEnded: (facts) => {
      now.inFlight -= 1;
      const known = seriesOf(facts);
      known.requests.add(1);
      known.duration.observe(facts.seconds, facts.traceId);
    },
    countErrorResponse: (code) => failures.inc({ code }),
    connectionOpened: () => (now.connections += 1),
    connectionClosed: () => (now.connections -= 1),
    connectionDropped: (reason) => dropped.inc({ reason }),
  };
}

/** What requests of one route, method and status are counted in. */
interface RequestSeries {
  readonly requests: CountSeries;
  readonly duration: ObservedSeries;
}

function requestSeries(
  requests: SeriesCounter,
  duration: SeriesHistogram,
): (facts: RequestFacts) => RequestSeries {
  const series = new Map<string, RequestSeries>();
  return ({ route, method, status }) => {
    const key = `${method} ${status} ${route}`;
    const known = series.get(key);
    if (known) return known;
    const made = {
      requests: requests.of(route, method, String(status)),
      duration: duration.of(route, method),
    };
    series.set(key, made);
    return made;
  };
}
