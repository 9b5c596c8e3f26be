import { Counter, Gauge, type Registry } from 'prom-client';

export interface ProcessSources {
  /** How many processes of this server have died, where there are several. */
  processDeaths(): number;
}

/** Nothing is reported to them: they are read at every scrape. */
export function registerProcessMetrics(
  register: Registry,
  source: () => ProcessSources | undefined,
): void {
  new Gauge({
    name: 'glimpse_processes',
    help: 'Processes of this server that answered the scrape.',
    registers: [register],
  }).set(1);
  const deaths = new Counter({
    name: 'glimpse_process_deaths_total',
    help: 'Processes of this server that died and were started again.',
    registers: [],
    collect() {
      this.reset();
      this.inc(source()?.processDeaths() ?? 0);
    },
  });
  register.registerMetric(deaths);
}
