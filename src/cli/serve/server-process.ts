/** One process of a server of several: takes its orders from the primary one, and ends when that is gone. */
import { composeServer } from '../../compose.ts';
import { openServerLog } from '../../compose/observing/server-log.ts';
import { cellWarnings } from '../../compose/runtimes.ts';
import type { Config } from '../../config.ts';
import { listenPrivately } from '../../http/connections/private-listener.ts';
import { openProcessLink, type ProcessLink } from '../../processes/process-link.ts';
import { complain } from '../program.ts';
import { knobWarnings } from '../config.ts';
import { greet, warnUnready } from './greet.ts';
import { listenOrExit, schemeOf } from './listen.ts';
import { announceKey, stopWithGrace } from './start-and-stop.ts';

// Ctrl-C in a terminal reaches the whole group of processes; the primary one says what is to be done.
process.on('SIGINT', () => {});
const link = await openProcessLink(process);
await serveAsOneOf(link, link.order.data as Config);

async function serveAsOneOf(link: ProcessLink, config: Config): Promise<void> {
  const { role, number, othersAnswer } = link.order;
  const log = openServerLog(config.GLIMPSE_LOG_LEVEL, { process: number });
  const { logger } = log;
  const server = await composeServer(config, logger, announceKey, link).catch(
    async (error: unknown) => process.exit(await complain(error, 'glimpse serve')),
  );
  const { close } = stopWithGrace(server, config, log, { skip: ['SIGINT'] });
  link.onDrain(() => void server.drain());
  link.onStop(close);
  if (role === 'first') {
    for (const warning of knobWarnings()) logger.warn(warning);
    for (const warning of [...server.access.warnings(), ...cellWarnings()]) logger.warn(warning);
    logger.info({ access: server.access.summary }, 'who may do what');
    // A server that starts answers probes while it loads. In the place of one that died it takes no connection before it can answer,
    // but what the others pass on, which nobody else takes.
    await (othersAnswer ? server.app.ready() : listenOrExit(server, config, logger));
    await listenPrivately(server.app, {
      socketPath: link.order.socketPath!,
      secret: link.order.secret,
    });
    link.announceListening();
    await server.start();
    if (othersAnswer) await listenOrExit(server, config, logger);
    greet(server, schemeOf(config), logger);
    return;
  }
  // It takes no connection before it can answer: those that are there do.
  await server.start();
  warnUnready(server, logger);
  await listenOrExit(
    server,
    { ...config, GLIMPSE_ADMIN_PORT: 0, GLIMPSE_TORCHSERVE_PORT: 0 },
    logger,
  );
  link.announceListening();
}
