import { AggregatorRegistry, type Registry } from 'prom-client';

/** What one process has collected, as it is sent to another. */
export type Collected = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The metrics of several processes as one: counters and histograms are added up, gauges as their description says. */
export function merged(processes: readonly Collected[]): Registry {
  return AggregatorRegistry.aggregate([...processes]);
}

/** What came from another process of the same release is what it says; one that failed to collect says nothing. */
export function isCollected(answer: unknown): answer is Collected {
  return Array.isArray(answer);
}
