import { availableParallelism } from 'node:os';
import type { Config } from '../../config.ts';
import type { ProcessOrder } from '../../processes/messages.ts';

/** Settings of which every process has its part: memory, and what is worked on at once or waits. */
const shared = [
  'GLIMPSE_MEMORY_BUDGET_BYTES',
  'GLIMPSE_MAX_LOADED_BYTES',
  'GLIMPSE_DECODE_CONCURRENCY',
  'GLIMPSE_DECODE_QUEUE_SIZE',
  'GLIMPSE_CANONICALISE_THREADS',
  'GLIMPSE_MAX_CONNECTIONS',
  'GLIMPSE_MAX_QUEUE_SIZE',
] as const;

/** What a process that does not have it is told of what is one process's own. */
const ofFirst = {
  GLIMPSE_ADMIN_PORT: 0,
  GLIMPSE_TORCHSERVE_PORT: 0,
  GLIMPSE_PREDICTION_LOG: '',
  GLIMPSE_RECENT_PREDICTIONS: 0,
  GLIMPSE_S3_EVENTS_QUEUE: '',
} as const;

/** How many processes GLIMPSE_PROCESSES asks for; 0 is one for each core. */
export function processCount({
  GLIMPSE_PROCESSES: count,
}: Pick<Config, 'GLIMPSE_PROCESSES'>): number {
  return count === 0 ? availableParallelism() : count;
}

/** The settings of one process of several. */
export function configOfProcess(
  config: Config,
  { count, role }: Pick<ProcessOrder, 'count' | 'role'>,
): Config {
  const shares = shared.map((knob) => [knob, shareOf(config[knob], count)]);
  return { ...config, ...Object.fromEntries(shares), ...(role === 'further' && ofFirst) };
}

/** 0 means without a limit, or none at all, and stays that. */
function shareOf(value: number, count: number): number {
  return value === 0 ? 0 : Math.max(1, Math.floor(value / count));
}
