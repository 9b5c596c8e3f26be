import { Gauge, type Aggregator, type Registry } from 'prom-client';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a gauge is, and what it is of several processes: their sum where nothing else is said. */
export interface GaugeDescription {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: string[];
  readonly aggregator?: Aggregator;
}

/** A gauge that is read at every scrape instead of being kept: what is gone is no longer listed. */
export function sampledGauge(
  register: Registry,
  description: GaugeDescription,
  samples: () => readonly Sample[],
): void {
  const gauge = new Gauge({
    ...description,
    registers: [],
    collect() {
      this.reset();
      for (const { labels, value } of samples()) this.set(labels, value);
    },
  });
  register.registerMetric(gauge);
}
