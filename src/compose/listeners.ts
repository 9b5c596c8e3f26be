import { Server as TlsServer } from 'node:https';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { errors } from '../errors.ts';
import { listenForAdmin, type AdminListener } from '../http/access/admin-listener.ts';
import { followTls, type TlsFiles } from '../http/access/tls.ts';

/** What listens besides the application itself, and what keeps its certificate fresh. */
export interface Listeners {
  /** Opens the port for management, where there is to be one of its own; the port. */
  listenForAdmin(): Promise<number | undefined>;
  close(): Promise<void>;
}

export function openListeners(
  app: Parameters<typeof listenForAdmin>[0],
  { GLIMPSE_ADMIN_HOST: host, GLIMPSE_ADMIN_PORT: port }: Config,
  tls: TlsFiles | undefined,
  logger: Logger,
): Listeners {
  const stopFollowing = tls && followCertificate(app.server, tls, logger);
  let admin: AdminListener | undefined;
  return {
    async listenForAdmin() {
      if (port === 0) return undefined;
      admin = await listenForAdmin(app, { host, port });
      return admin.port;
    },
    async close() {
      stopFollowing?.();
      await admin?.close();
    },
  };
}

/** The PEM files of the settings; undefined for plain HTTP. GLIMPSE_KEYS_INVALID when one is named without the other. */
export function tlsFiles(config: Config): TlsFiles | undefined {
  const { GLIMPSE_TLS_CERT: cert, GLIMPSE_TLS_KEY: key, GLIMPSE_TLS_CLIENT_CA: ca } = config;
  if ((cert === '') !== (key === '')) {
    throw new errors.GLIMPSE_KEYS_INVALID('GLIMPSE_TLS_CERT and GLIMPSE_TLS_KEY need each other');
  }
  if (cert === '') {
    if (ca !== '')
      throw new errors.GLIMPSE_KEYS_INVALID('GLIMPSE_TLS_CLIENT_CA needs GLIMPSE_TLS_CERT');
    return undefined;
  }
  return { cert, key, ...(ca !== '' && { clientCa: ca }) };
}

/** Follows the certificate of a server that speaks TLS; returns what ends it. */
function followCertificate(server: object, files: TlsFiles, logger: Logger): () => void {
  if (!(server instanceof TlsServer)) return () => {};
  return followTls(server, files, (problem) => {
    if (problem === undefined) logger.info('certificate reloaded');
    else logger.error({ err: problem }, 'the changed certificate cannot be used');
  });
}
