import type { Logger } from 'pino';
import { createCellMemory, type SharedCellMemory } from '../admission/cell-memory.ts';
import { createLedger, type Ledger } from '../admission/ledger.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** The ledger of the process, and what it knows of the memory that requests cannot have. */
export interface ProcessMemory {
  readonly ledger: Ledger;
  /** What cells have of the same budget. */
  readonly cellMemory: SharedCellMemory;
  /** Models came or went: what the process holds at rest is looked at again. */
  readonly onChange: () => void;
}

/** However little the budget leaves beside what is held at rest, requests have so much of it. */
const leastShare = 1 / 8;
/** The rest is for what nobody counts: what is not collected yet, threads that read JSON, fragmentation. */
const countedShare = 3 / 4;
/** A process that holds less for its requests is at rest. */
const restBytes = 1024 * 1024;
const sampleMs = 1_000;

/**
 * Divides GLIMPSE_MEMORY_BUDGET_BYTES: what the process holds at rest, what its cells hold, and the rest for requests. Cells
 * have theirs as long as they live, and are started only where the least share of requests, and what those have by
 * now, remain.
 */
export function openProcessMemory(
  { GLIMPSE_MEMORY_BUDGET_BYTES: budget }: Config,
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
): ProcessMemory {
  let atRest = process.memoryUsage.rss();
  let sampledAt = performance.now();
  let hasWarned = false;
  const capacity = (): number => {
    const now = performance.now();
    if (now - sampledAt > sampleMs && ledger.kept + ledger.inWork < restBytes) {
      sampledAt = now;
      // What earlier requests have freed is still counted as resident, and is there for the next.
      atRest = Math.min(atRest, process.memoryUsage.rss());
    }
    const left = (budget - atRest - cellMemory.reserved) * countedShare;
    if (left < budget * leastShare && !hasWarned) {
      hasWarned = true;
      logger.warn(
        { budgetBytes: budget, atRestBytes: atRest },
        'GLIMPSE_MEMORY_BUDGET_BYTES leaves hardly any memory for requests',
      );
    }
    return Math.max(left, budget * leastShare);
  };
  const ledger = createLedger({
    capacity,
    onRefuse: (reason) => metrics.countMemoryRefusal(reason),
  });
  const cellMemory = createCellMemory({
    capacity() {
      const requests = Math.max(budget * leastShare, ledger.kept + ledger.inWork);
      return budget - atRest - requests / countedShare;
    },
    onRefuse: () => metrics.countMemoryRefusal('cells_full'),
  });
  return {
    ledger,
    cellMemory,
    onChange() {
      atRest = process.memoryUsage.rss();
      sampledAt = performance.now();
    },
  };
}
