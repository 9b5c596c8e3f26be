import { Counter, type Registry } from 'prom-client';
import { sampledGauge } from './sampled-gauge.ts';

export interface MemoryMetrics {
  /** A request that was refused for the memory it needs, or a cell, by the reason of the ledger. */
  countMemoryRefusal(reason: string): void;
}

export interface MemorySources {
  /** What requests hold of the memory budget. */
  memory(): {
    readonly kept: number;
    readonly inWork: number;
    readonly waiting: number;
    /** What cells have of it. */
    readonly cells: number;
  };
}

export function createMemoryMetrics(
  register: Registry,
  source: () => MemorySources | undefined,
): MemoryMetrics {
  const refusals = new Counter({
    name: 'glimpse_memory_refusals_total',
    help: 'Refusals for want of memory, by reason: too_costly, memory_full (requests), cells_full (a cell was not started, or was ended).',
    labelNames: ['reason'],
    registers: [register],
  });
  sampledGauge(
    register,
    {
      name: 'glimpse_memory_reserved_bytes',
      help: 'Memory reserved now, by what for: kept (by requests while they wait), work (decoding, parsing), cells.',
      labelNames: ['purpose'],
    },
    () => {
      const { kept = 0, inWork = 0, cells = 0 } = source()?.memory() ?? {};
      return [
        { labels: { purpose: 'kept' }, value: kept },
        { labels: { purpose: 'work' }, value: inWork },
        { labels: { purpose: 'cells' }, value: cells },
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
