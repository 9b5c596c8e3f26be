import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { errors } from '../errors.ts';
import { listenForAdmin, type AdminListener } from '../http/connections/admin-listener.ts';
import type { ConnectionOptions } from '../http/connections/open-server.ts';
import { managementPath } from '../http/dialects/torchserve/management-path.ts';
import {
  followTls,
  readTls,
  type CertificateHolder,
  type TlsFiles,
} from '../http/connections/tls.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createGrpcPort } from './grpc-port.ts';

/** Ports besides that of the application; of each that there is not to be, undefined comes back. */
export interface FurtherPorts {
  /** Opens the port for management; the port. */
  readonly listenForAdmin: () => Promise<number | undefined>;
  /** The same for the calls of management of TorchServe. */
  readonly listenForTorchServe: () => Promise<number | undefined>;
  /** The same for gRPC. */
  readonly listenForGrpc: () => Promise<number | undefined>;
}

/** What listens, and what keeps its certificate fresh. */
export interface Listeners {
  readonly ports: FurtherPorts;
  /** Closes them all, the application too. */
  close(): Promise<void>;
}

export function openListeners(
  app: Parameters<typeof listenForAdmin>[0] & { close(): Promise<unknown> },
  connections: ConnectionOptions,
  config: Config,
  logger: Logger,
  isReady: () => boolean,
): Listeners {
  const { GLIMPSE_ADMIN_HOST: host, GLIMPSE_ADMIN_PORT, GLIMPSE_TORCHSERVE_PORT } = config;
  const files = tlsFiles(config);
  const follow = (server: object): (() => void) =>
    files ? followCertificate(server, files, logger) : () => {};
  const unfollow = [follow(app.server)];
  const opened: AdminListener[] = [];
  const grpc = createGrpcPort(app, connections, config, isReady);
  const listen = async (port: number, path: string): Promise<number | undefined> => {
    if (port === 0) return undefined;
    const listener = await listenForAdmin(app, connections, { host, port, path });
    opened.push(listener);
    unfollow.push(follow(listener.server));
    return listener.port;
  };
  return {
    ports: {
      listenForAdmin: () => listen(GLIMPSE_ADMIN_PORT, ''),
      listenForTorchServe: () => listen(GLIMPSE_TORCHSERVE_PORT, managementPath),
      async listenForGrpc() {
        const listener = await grpc.listen();
        unfollow.push(follow(listener?.certificate ?? {}));
        return listener?.port;
      },
    },
    async close() {
      for (const stop of unfollow) stop();
      // Calls of gRPC are requests of the application, and end before it.
      await grpc.close();
      await Promise.all([app.close(), ...opened.map((listener) => listener.close())]);
    },
  };
}

/** How the connections of every port are treated. */
export async function connectionOptions(
  config: Config,
  metrics: Metrics,
): Promise<ConnectionOptions> {
  const files = tlsFiles(config);
  return {
    tls: files && (await readTls(files)),
    keepAliveTimeoutMs: config.GLIMPSE_KEEP_ALIVE_TIMEOUT_MS,
    headersTimeoutMs: config.GLIMPSE_HEADERS_TIMEOUT_MS,
    receiveTimeoutMs: config.GLIMPSE_RECEIVE_TIMEOUT_MS,
    maxConnections: config.GLIMPSE_MAX_CONNECTIONS,
    maxConnectionsPerAddress: config.GLIMPSE_MAX_CONNECTIONS_PER_ADDRESS,
    observer: metrics,
    onErrorResponse: (code) => metrics.countErrorResponse(code),
  };
}

/** The PEM files of the settings; undefined for plain HTTP. GLIMPSE_TLS_INVALID when one is named without the other. */
function tlsFiles(config: Config): TlsFiles | undefined {
  const { GLIMPSE_TLS_CERT: cert, GLIMPSE_TLS_KEY: key, GLIMPSE_TLS_CLIENT_CA: ca } = config;
  if ((cert === '') !== (key === '')) {
    throw new errors.GLIMPSE_TLS_INVALID('GLIMPSE_TLS_CERT and GLIMPSE_TLS_KEY need each other');
  }
  if (cert === '') {
    if (ca !== '')
      throw new errors.GLIMPSE_TLS_INVALID('GLIMPSE_TLS_CLIENT_CA needs GLIMPSE_TLS_CERT');
    return undefined;
  }
  return { cert, key, ...(ca !== '' && { clientCa: ca }) };
}

/** Besides ports of HTTP without TLS, all of them do. */
const holdsCertificate = (server: object): server is CertificateHolder =>
  'setSecureContext' in server;

/** Follows the certificate of a server that speaks TLS; returns what ends it. */
function followCertificate(server: object, files: TlsFiles, logger: Logger): () => void {
  if (!holdsCertificate(server)) return () => {};
  return followTls(server, files, (problem) => {
    if (problem === undefined) logger.info('certificate reloaded');
    else logger.error({ err: problem }, 'the changed certificate cannot be used');
  });
}
