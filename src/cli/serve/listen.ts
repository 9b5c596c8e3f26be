import type { Logger } from 'pino';
import type { Server } from '../../compose.ts';
import type { Config } from '../../config.ts';
import { messageOf } from '../../errors.ts';

/** Opens the ports of the settings; ends the process, and says why, when one cannot be had. */
export async function listenOrExit(server: Server, config: Config, logger: Logger): Promise<void> {
  const { GLIMPSE_HOST: host, GLIMPSE_PORT: port } = config;
  try {
    await server.app.listen({
      host,
      port,
      listenTextResolver: (address) =>
        `listening on ${address.replace(/^http:/, schemeOf(config))}`,
    });
  } catch (error) {
    logger.fatal(whyNotListening(error, host, port, { host: 'HOST', port: 'PORT' }));
    process.exit(1);
  }
  await listenBesides(server, config, logger, 'ADMIN');
  await listenBesides(server, config, logger, 'TORCHSERVE');
  await listenBesides(server, config, logger, 'GRPC');
}

/** What else listens: management on an address of its own, what predicts where everything does. */
const beside = {
  ADMIN: {
    listen: (server: Server) => server.listenForAdmin(),
    message: 'management listens on a port of its own',
    field: 'adminPort',
    host: 'ADMIN_HOST',
  },
  TORCHSERVE: {
    listen: (server: Server) => server.listenForTorchServe(),
    message: 'management of TorchServe listens on a port of its own',
    field: 'torchservePort',
    host: 'ADMIN_HOST',
  },
  GRPC: {
    listen: (server: Server) => server.listenForGrpc(),
    message: 'gRPC listens on a port of its own',
    field: 'grpcPort',
    host: 'HOST',
  },
} as const;

async function listenBesides(
  server: Server,
  config: Config,
  logger: Logger,
  name: keyof typeof beside,
): Promise<void> {
  const { listen, message, field, host: setting } = beside[name];
  const host = config[`GLIMPSE_${setting}`];
  try {
    const port = await listen(server);
    if (port === undefined) return;
    logger.info({ [field]: port, url: `${schemeOf(config)}//${host}:${port}` }, message);
  } catch (error) {
    const settings = { host: setting, port: `${name}_PORT` };
    logger.fatal(whyNotListening(error, host, config[`GLIMPSE_${name}_PORT`], settings));
    process.exit(1);
  }
}

/** What the port speaks. */
export function schemeOf({ GLIMPSE_TLS_CERT: cert }: Config): 'http:' | 'https:' {
  return cert === '' ? 'http:' : 'https:';
}

/** Ends of the names of the settings that chose host and port. */
interface ListenSettings {
  readonly host: string;
  readonly port: string;
}

/** A setting as an option and as a variable. */
const optionOf = (name: string): string =>
  `--${name.toLowerCase().replace('_', '-')} or GLIMPSE_${name}`;

function whyNotListening(
  error: unknown,
  host: string,
  port: number,
  settings: ListenSettings,
): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use already. Stop what listens there, or choose another with ${optionOf(settings.port)} (0 ${settings.port === 'PORT' ? 'takes a free one' : 'means none'}).`;
  }
  if (code === 'EACCES')
    return `Port ${port} may not be opened by this user; choose another with ${optionOf(settings.port)}.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} (${optionOf(settings.host)}) is no address of this machine.`;
  }
  return messageOf(error);
}
