import { Gauge, type Registry } from 'prom-client';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge that is read at every scrape instead of being kept: what is gone is no longer listed. */
export function sampledGauge(
  register: Registry,
  description: { name: string; help: string; labelNames?: string[] },
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
