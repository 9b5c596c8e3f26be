import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import type { Server } from '../../compose.ts';
import type { ServerLog } from '../../compose/observing/server-log.ts';
import type { Config } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import { printAside } from '../command.ts';

/** Shown once, on stderr: a log is kept and read by many. */
export function announceKey(key: string): void {
  printAside(`
  The admin key of this server, shown this once and kept nowhere:

  ${key}
`);
}

/** Signals that somebody else answers. */
type StopOptions = Pick<closeWithGrace.Options, 'skip'>;

/** Ends the process as a signal would, without the wait of SIGTERM. */
type Stop = Pick<ReturnType<typeof closeWithGrace>, 'close'>;

/**
 * After the grace period, or on a second signal, the process kills itself whatever is still open: an exit waits for
 * every thread, and one that is inside of a model may never come back.
 */
export function stopWithGrace(
  server: Server,
  config: Config,
  { logger, writeHeld }: ServerLog,
  options: StopOptions = {},
): Stop {
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
  return closeWithGrace(
    { delay: graceMs, logger, ...options, ...lastResort },
    async ({ signal, err }) => {
      if (err) logger.fatal({ err }, 'unexpected error, shutting down');
      else logger.info({ signal }, 'shutting down');
      // After SIGTERM a load balancer goes on sending requests until its next health check; Ctrl-C needs no such delay.
      await server.stop({ drainDelayMs: signal === 'SIGTERM' ? delayMs : 0 });
      logger.info('bye');
      endIfStuck();
    },
  );
}
