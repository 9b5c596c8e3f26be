import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { Registry } from '../../registry/registry.ts';
import { locationOf } from '../../repository/stores/open-store.ts';
import { followStoreEvents } from '../../repository/stores/s3/store-events.ts';
import { s3OptionsOf } from '../open.ts';

/** Early polls, when the bucket says that something has changed; none where no queue is set. */
export interface StoreEvents {
  start(): void;
  close(): Promise<void>;
}

/** What GLIMPSE_S3_EVENTS_QUEUE asks for; nothing is followed before the start. */
export function openStoreEvents(
  config: Config,
  registry: Pick<Registry, 'reconcile'>,
  logger: Logger,
): StoreEvents {
  const queue = config.GLIMPSE_S3_EVENTS_QUEUE;
  let following: ReturnType<typeof followStoreEvents> | undefined;
  return {
    start() {
      if (queue === '') return;
      if (!/^s3:\/\//i.test(config.GLIMPSE_REPOSITORY) || !/^https?:\/\//i.test(queue)) {
        const told = 'it is the address of a queue, and the repository lies on S3';
        logger.warn({ queue }, `GLIMPSE_S3_EVENTS_QUEUE is not used: ${told}`);
        return;
      }
      following = followStoreEvents({
        ...s3OptionsOf(config),
        ...locationOf(config.GLIMPSE_REPOSITORY),
        queue,
        onChange: () => registry.reconcile(),
        onProblem: (problem) =>
          logger.warn({ problem }, 'the queue of S3 events does not answer; polling goes on'),
      });
    },
    async close() {
      await following?.stop();
    },
  };
}
