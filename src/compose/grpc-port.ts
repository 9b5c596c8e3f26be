import { ConfigError, type Config } from '../config.ts';
import type { ConnectionOptions } from '../http/connections/open-server.ts';
import type { GrpcListener, GrpcListenerOptions } from '../http/grpc/grpc-listener.ts';
import { spokenDialects } from './dialects.ts';

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

/** gRPC is another wire of the Open Inference Protocol, and there is none without it. */
export function createGrpcPort(
  app: Routing,
  { tls, keepAliveTimeoutMs }: Pick<ConnectionOptions, 'tls' | 'keepAliveTimeoutMs'>,
  config: Config,
  isReady: GrpcListenerOptions['isReady'],
): GrpcPort {
  const { GLIMPSE_HOST: host, GLIMPSE_GRPC_PORT: port } = config;
  if (port !== 0 && !spokenDialects(config).includes('oip')) {
    throw new ConfigError('GLIMPSE_GRPC_PORT needs oip among GLIMPSE_DIALECTS.');
  }
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
