import type {
  ServerWritableStream,
  UntypedServiceImplementation,
  sendUnaryData,
} from '@grpc/grpc-js';
import { grpcStatus } from './grpc-status.ts';

interface HealthRequest {
  readonly service?: string;
}
export interface HealthOptions {
  readonly isReady: () => boolean;
  /** Whether a service of that name is spoken here. */
  readonly isSpoken: (service: string) => boolean;
}

const statuses = { true: 'SERVING', false: 'NOT_SERVING' } as const;
/** How often a watched status is looked at. */
const lookEveryMs = 1_000;

/** `grpc.health.v1.Health`: the readiness of the server, for load balancers that speak gRPC. Close it. */
export function openHealthService({ isReady, isSpoken }: HealthOptions): {
  readonly service: UntypedServiceImplementation;
  close(): void;
} {
  const watched = new Map<ServerWritableStream<HealthRequest, object>, string>();
  const statusOf = (service: string): string => {
    if (service !== '' && !isSpoken(service)) return 'SERVICE_UNKNOWN';
    return statuses[`${isReady()}`];
  };
  const look = (): void => {
    for (const [stream, last] of watched) {
      const status = statusOf(stream.request.service ?? '');
      if (status === last) continue;
      watched.set(stream, status);
      stream.write({ status });
    }
  };
  const timer = setInterval(look, lookEveryMs).unref();
  return {
    service: {
      Check: (
        { request: { service = '' } }: { readonly request: HealthRequest },
        done: sendUnaryData<object>,
      ) => {
        const status = statusOf(service);
        if (status !== 'SERVICE_UNKNOWN') return done(null, { status });
        const details = `There is no service "${service.slice(0, 100)}".`;
        return done({ code: grpcStatus.NOT_FOUND, details });
      },
      Watch: (stream: ServerWritableStream<HealthRequest, object>) => {
        watched.set(stream, '');
        stream.once('cancelled', () => watched.delete(stream));
        look();
      },
    },
    close() {
      clearInterval(timer);
      look();
      for (const [stream] of watched) stream.end();
      watched.clear();
    },
  };
}
