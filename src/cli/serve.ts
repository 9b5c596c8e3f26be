import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import closeWithGrace from 'close-with-grace';
import { pino, type Logger } from 'pino';
import { cellWarnings } from '../compose/runtimes.ts';
import { composeServer, type Server } from '../compose.ts';
import { openServerLog, type ServerLog } from '../compose/server-log.ts';
import type { Config } from '../config.ts';
import { packageRoot } from '../package.ts';
import { defineCommand, print, printAside } from './command.ts';
import { knobWarnings } from './config.ts';
import { messageOf } from '../errors.ts';
import { configOf, settingOptions } from './setting-options.ts';

export const command = defineCommand({
  name: 'serve',
  description:
    'Starts the server. Every setting is an environment variable and an option; the option wins, and glimpse config prints what the environment makes of them. It stops on SIGTERM (readiness fails first, then everything accepted is answered) and on Ctrl-C (the same without the wait).',
  options: settingOptions,
  async run(given) {
    await serve(configOf(given));
    return 0;
  },
});

/** Starts the server, which stays until a signal ends the process. Problems at the start exit with 1. */
async function serve(config: Config): Promise<void> {
  const log = openServerLog(config.GLIMPSE_LOG_LEVEL);
  const { logger } = log;
  for (const warning of knobWarnings()) logger.warn(warning);
  const server = await composeServer(config, logger, announceKey).catch((error: unknown) => {
    // Whatever was opened before must not keep a failed start alive.
    setTimeout(() => process.exit(1), 1_000).unref();
    throw error;
  });
  stopWithGrace(server, config, log);
  for (const warning of [...server.access.warnings(), ...cellWarnings()]) logger.warn(warning);
  logger.info({ access: server.access.summary }, 'who may do what');
  await listenOrExit(server, config, logger);
  // Listening comes first: an orchestrator sees a live process that says why it is not ready yet.
  const late = setTimeout(() => warnUnready(server, logger), config.GLIMPSE_START_WAIT_MS + 1_000);
  await server.start().finally(() => clearTimeout(late));
  greet(server, schemeOf(config), logger);
}

/** Shown once, on stderr: a log is kept and read by many. */
function announceKey(key: string): void {
  printAside(`
  The admin key of this server, shown this once and kept nowhere:

  ${key}
`);
}

/**
 * After the grace period, or on a second signal, the process kills itself whatever is still open: an exit waits for
 * every thread, and one that is inside of a model may never come back.
 */
function stopWithGrace(server: Server, config: Config, { logger, writeHeld }: ServerLog): void {
  const { GLIMPSE_SHUTDOWN_GRACE_MS: graceMs, GLIMPSE_DRAIN_DELAY_MS: delayMs } = config;
  const end = (why: string): void => {
    // The logger writes behind the back of this thread, and nothing is written after the next line.
    writeHeld();
    pino({ level: config.GLIMPSE_LOG_LEVEL }, pino.destination({ sync: true })).error(why);
    process.kill(process.pid, 'SIGKILL');
  };
  const lastResort = {
    onTimeout: () => end(`killed: not closed within ${graceMs} ms (GLIMPSE_SHUTDOWN_GRACE_MS)`),
    onSecondSignal: (signal: string) => end(`killed: second ${signal}`),
    onSecondError: (error: unknown) => end(`killed: second error: ${messageOf(error)}`),
  };
  const endIfStuck = (): void => {
    if (server.hasAbandonedThread()) end('killed: a thread does not come back from its model');
  };
  process.once('exit', endIfStuck);
  closeWithGrace({ delay: graceMs, logger, ...lastResort }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'unexpected error, shutting down');
    else logger.info({ signal }, 'shutting down');
    // After SIGTERM a load balancer goes on sending requests until its next health check; Ctrl-C needs no such delay.
    await server.stop({ drainDelayMs: signal === 'SIGTERM' ? delayMs : 0 });
    logger.info('bye');
    endIfStuck();
  });
}

async function listenOrExit(server: Server, config: Config, logger: Logger): Promise<void> {
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
  const { GLIMPSE_ADMIN_HOST: adminHost } = config;
  try {
    const adminPort = await server.listenForAdmin();
    if (adminPort === undefined) return;
    const url = `${schemeOf(config)}//${adminHost}:${adminPort}`;
    logger.info({ adminPort, url }, 'management listens on a port of its own');
  } catch (error) {
    const settings = { host: 'ADMIN_HOST', port: 'ADMIN_PORT' };
    logger.fatal(whyNotListening(error, adminHost, config.GLIMPSE_ADMIN_PORT, settings));
    process.exit(1);
  }
}

function schemeOf({ GLIMPSE_TLS_CERT: cert }: Config): 'http:' | 'https:' {
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

/** Whether it is ready; what keeps it from that goes to the log. */
function warnUnready(server: Server, logger: Logger): boolean {
  const { ready, reasons } = server.registry.readiness();
  if (!ready) logger.warn({ reasons }, 'not ready yet');
  return ready;
}

/** Where it listens and one line to paste: for people on a terminal, else as a log line. */
function greet(server: Server, scheme: string, logger: Logger): void {
  const address = server.app.server.address();
  const url = `${scheme}//localhost:${typeof address === 'object' ? address?.port : ''}`;
  const curl = `curl -F image=@${sampleImage()} ${url}/predict`;
  const ready = warnUnready(server, logger);
  const described = server.registry.describe();
  if (described.length === 0 && server.registry.freshness().seenAt) {
    const next = `curl -X POST ${url}/train -H 'content-type: application/json' -d '{}'`;
    logger.info({ next }, 'there is no model yet: train one, or publish one with glimpse publish');
  }
  if (!process.stdout.isTTY) {
    logger.info({ url, curl, docs: `${url}/docs`, ready }, 'Glimpse is up');
    return;
  }
  const models = described.map(({ model, serving }) =>
    serving === undefined ? model : `${model} version ${serving}`,
  );
  print(`
  Glimpse listens on ${url}  (docs: ${url}/docs)
  ${models.length > 0 ? `Answers with ${models.join(', ')}` : 'Has no model yet: POST /train makes one'}

  ${curl}
`);
}

/** The committed sample as a path that works where the server was started. */
function sampleImage(): string {
  const sample = join(packageRoot, 'samples', 'golden', '7.png');
  if (!existsSync(sample)) return 'your-image.png';
  const near = relative(process.cwd(), sample);
  return near.startsWith('..') || isAbsolute(near) ? sample : near;
}
