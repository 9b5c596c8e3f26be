import { Counter, type Registry } from 'prom-client';
import { sampledGauge } from './sampled-gauge.ts';

export interface MemoryMetrics {
  /** A request that was refused for the memory it needs, by the reason of the ledger. */
  countMemoryRefusal(reason: string): void;
}

export interface MemorySources {
  /** What requests hold of the memory budget. */
  memory(): {
    readonly kept: number;
    readonly inWork: number;
    readonly waiting: number;
  };
}

export function createMemoryMetrics(
  register: Registry,
  source: () => MemorySources | undefined,
): MemoryMetrics {
  const refusals = new Counter({
    name: 'glimpse_memory_refusals_total',
    help: 'Requests refused for the memory they need, by reason: too_costly, memory_full.',
    labelNames: ['reason'],
    registers: [register],
  });
  sampledGauge(
    register,
    {
      name: 'glimpse_memory_reserved_bytes',
      help: 'Memory reserved by requests now, by what for: kept (while they wait), work (decoding, parsing).',
      labelNames: ['purpose'],
    },
    () => {
      const { kept = 0, inWork = 0 } = source()?.memory() ?? {};
      return [
        { labels: { purpose: 'kept' }, value: kept },
        { labels: { purpose: 'work' }, value: inWork },
      ];
    },
  );
  sampledGauge(
    register,
    { name: 'glimpse_memory_waiting', help: 'Requests waiting for memory now.' },
    () => [{ labels: {}, value: source()?.memory().waiting ?? 0 }],
  );
  return { countMemoryRefusal: (reason) => refusals.inc({ reason }) };
}
