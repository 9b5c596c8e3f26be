import type { Config } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import { EmbeddedMetricsWriter } from '../../metrics/embedded-metrics.ts';
import type { Observers } from '../serving.ts';

/** Writes metrics into the log from time to time, where CloudWatch reads them. Start and close it. */
export interface EmbeddedMetricsLog {
  start(): void;
  /** Writes what has changed since the last time. */
  close(): Promise<void>;
}

export function openEmbeddedMetrics(
  { GLIMPSE_EMF_INTERVAL_SECONDS: seconds, GLIMPSE_EMF_NAMESPACE: namespace }: Config,
  { metrics, logger }: Pick<Observers, 'metrics' | 'logger'>,
): EmbeddedMetricsLog {
  const writer = new EmbeddedMetricsWriter(namespace);
  // They are no part of what GLIMPSE_LOG_LEVEL leaves out.
  const log = logger.child({}, { level: 'info' });
  let timer: NodeJS.Timeout | undefined;
  const write = async (): Promise<void> => {
    try {
      const collected = await metrics.collectAll();
      for (const line of writer.linesOf(collected, Date.now())) log.info(line, 'metrics');
    } catch (error) {
      logger.warn({ problem: messageOf(error) }, 'metrics could not be written to the log');
    }
  };
  return {
    start() {
      if (seconds > 0) timer = setInterval(() => void write(), seconds * 1000).unref();
    },
    async close() {
      if (!timer) return;
      clearInterval(timer);
      await write();
    },
  };
}
