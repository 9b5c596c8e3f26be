import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import type { Config } from '../../config.ts';
import { entryBeside } from '../../entry.ts';
import { createPrimary, type Primary } from '../../processes/primary.ts';

/**
 * Serves by several processes until a signal ends this one, which serves nothing itself. A first process that cannot start
 * ends it, with the same exit code.
 */
export async function serveBySeveral(config: Config, count: number): Promise<void> {
  const logger = pino({ level: config.GLIMPSE_LOG_LEVEL });
  // Its path must be short, which that of the data folder need not be; nobody else may open what is in it.
  const socketFolder = mkdtempSync(join(tmpdir(), 'glimpse-'));
  process.once('exit', () => rmSync(socketFolder, { recursive: true, force: true }));
  const primary = createPrimary({
    entry: entryBeside(import.meta.url, 'server-process'),
    count,
    data: config,
    socketFolder,
    on: {
      onListening: ({ number, pid }) =>
        logger.info(
          { process: number, started: pid },
          'a process of this server accepts connections',
        ),
      onDeath: ({ number, ...death }) =>
        logger.error(
          { process: number, ...death },
          'a process of this server died and is started again',
        ),
    },
  });
  stopOnSignals(primary, config, logger);
  const end = await primary.start();
  if (end !== undefined) process.exit(end.code ?? 1);
}

/** Tells every process to end; a second signal, or the end of the grace period, ends what is left. */
function stopOnSignals(primary: Primary, config: Config, logger: Logger): void {
  const { GLIMPSE_SHUTDOWN_GRACE_MS: graceMs, GLIMPSE_DRAIN_DELAY_MS: delayMs } = config;
  let isStopping = false;
  const end = (code: number): never => {
    primary.kill();
    return process.exit(code);
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (isStopping) {
      logger.error({ signal }, 'killed: second signal');
      return end(1);
    }
    isStopping = true;
    logger.info({ signal }, 'shutting down, one process after the other');
    setTimeout(() => {
      logger.error(`killed: not closed within ${graceMs} ms (GLIMPSE_SHUTDOWN_GRACE_MS)`);
      end(1);
    }, graceMs);
    await primary.stop({ drainDelayMs: signal === 'SIGTERM' ? delayMs : 0 });
    logger.info('bye');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
}
