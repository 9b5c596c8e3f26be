import type { Config } from '../config.ts';
import type { ConnectionOptions } from '../http/connections/open-server.ts';
import type { GrpcListener, GrpcListenerOptions } from '../http/grpc/grpc-listener.ts';

type Routing = Parameters<typeof import('../http/grpc/grpc-listener.ts').listenForGrpc>[0];

/** The port that speaks gRPC, where there is to be one. */
export interface GrpcPort {
  /** Opens it. What it needs is loaded then, and by no other server. */
  listen(): Promise<Pick<GrpcListener, 'port' | 'certificate'> | undefined>;
  /** Takes no new calls, and waits for those that run. */
  close(): Promise<void>;
}

/** So long calls may run on that came before the end. */
const closeGraceMs = 10_000;

/** gRPC, another wire of the Open Inference Protocol. */
export function createGrpcPort(
  app: Routing,
  { tls, keepAliveTimeoutMs }: Pick<ConnectionOptions, 'tls' | 'keepAliveTimeoutMs'>,
  config: Config,
  isReady: GrpcListenerOptions['isReady'],
): GrpcPort {
  const { GLIMPSE_HOST: host, GLIMPSE_GRPC_PORT: port } = config;
  const maxBodyBytes = config.GLIMPSE_BODY_LIMIT_BYTES;
  let listener: GrpcListener | undefined;
  return {
    async listen() {
      if (port === 0) return undefined;
      const { listenForGrpc } = await import('../http/grpc/grpc-listener.ts');
      const options = { host, port, tls, maxBodyBytes, keepAliveTimeoutMs, isReady };
      listener = await listenForGrpc(app, options);
      return listener;
    },
    async close() {
      await listener?.close(closeGraceMs);
    },
  };
}
