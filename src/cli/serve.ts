import { saveCompiledCode } from '../compose/compile-cache.ts';
import { cellWarnings } from '../compose/runtimes.ts';
import { composeServer } from '../compose.ts';
import { withHostedModel } from '../compose/sagemaker/hosted-config.ts';
import { openServerLog } from '../compose/observing/server-log.ts';
import type { Config } from '../config.ts';
import { processCount } from '../compose/processes/share.ts';
import { defineCommand } from './command.ts';
import { greet, warnUnready } from './serve/greet.ts';
import { listenOrExit, schemeOf } from './serve/listen.ts';
import { announceKey, stopWithGrace } from './serve/start-and-stop.ts';
import { knobWarnings } from './config.ts';
import { configOf, settingOptions } from './option-groups/setting-options.ts';

export const command = defineCommand({
  name: 'serve',
  description:
    'Starts the server. Every setting is an environment variable and an option; the option wins, and glimpse config prints what the environment makes of them. It stops on SIGTERM (readiness fails first, then everything accepted is answered) and on Ctrl-C (the same without the wait).',
  options: settingOptions,
  async run(given) {
    const config = await withHostedModel(configOf(given));
    const count = processCount(config);
    if (count === 1) await serve(config);
    else await (await import('./serve/several.ts')).serveBySeveral(config, count);
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
  saveCompiledCode();
}
