import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { openServerLog } from '../compose/observing/server-log.ts';
import { composeWorker, type JobWorker } from '../compose/jobs/worker.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { defineCommand, type Option } from './command.ts';
import { knobWarnings } from './config.ts';
import { configOf, settingOptions } from './option-groups/setting-options.ts';
import { listenForHealth } from './worker/health.ts';

const oneJob: Option<string | undefined> = {
  value: 'id',
  description: 'work on this job and no other',
  read: (text) => text,
};

export const command = defineCommand({
  name: 'worker',
  description:
    'Works on the jobs of servers elsewhere, as GLIMPSE_JOBS says, with the repository that they have. It answers /livez, /readyz and /metrics at GLIMPSE_PORT. On SIGTERM it saves what it works on, for another worker to go on with, and ends. With --job it works on one job, and ends with it: 0, or 75 when the job was put aside.',
  options: { ...settingOptions, job: oneJob },
  async run(given) {
    const { job } = given;
    const config = configOf(given);
    const { logger } = openServerLog(config.GLIMPSE_LOG_LEVEL);
    for (const warning of knobWarnings()) logger.warn(warning);
    const worker = await composeWorker(config, logger);
    const stopped = whenStopped(worker, config, logger);
    if (job !== undefined) return workOnOne(worker, job, logger);
    await worker.work();
    const health = await listenForHealth(worker, config);
    logger.info({ port: portOf(health) }, 'this worker takes jobs now');
    await stopped;
    health.close();
    await worker.close();
    logger.info('bye');
    return 0;
  },
});

/** As programs say that they are to be started again. */
const PUT_ASIDE = 75;

async function workOnOne(worker: JobWorker, job: string, logger: Logger): Promise<number> {
  try {
    const end = await worker.workOn(job);
    logger.info({ job, end }, 'this worker is done');
    return end === 'put aside' ? PUT_ASIDE : 0;
  } finally {
    await worker.close();
  }
}

/** Resolves when a signal has ended the work. What takes longer than the grace period is left to the next worker. */
function whenStopped(
  worker: Pick<JobWorker, 'drain'>,
  { GLIMPSE_SHUTDOWN_GRACE_MS: graceMs }: Config,
  logger: Logger,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      logger.info({ signal }, 'shutting down');
      setTimeout(() => {
        logger.error(`killed: not closed within ${graceMs} ms (GLIMPSE_SHUTDOWN_GRACE_MS)`);
        process.kill(process.pid, 'SIGKILL');
      }, graceMs).unref();
      worker.drain().then(resolve, (error: unknown) => {
        logger.error({ problem: messageOf(error) }, 'not everything could be put aside');
        resolve();
      });
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
}

function portOf(server: Server): number {
  // A server that listens on a port has such an address.
  return (server.address() as AddressInfo).port;
}
