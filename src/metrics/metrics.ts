import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { boundedLabel } from './bounded-label.ts';
import {
  createEvidenceMetrics,
  type EvidenceMetrics,
  type EvidenceSources,
} from './evidence-metrics.ts';
import { createHttpMetrics, type HttpMetrics } from './http-metrics.ts';
import { merged, type Collected } from './merged.ts';
import {
  exemplarsOf,
  openMetricsType,
  toOpenMetrics,
  type ExpositionFormat,
} from './open-metrics.ts';
import { createMemoryMetrics, type MemoryMetrics, type MemorySources } from './memory-metrics.ts';
import { registerProcessMetrics, type ProcessSources } from './process-metrics.ts';
import {
  createRegistryMetrics,
  type RegistryMetrics,
  type RegistrySources,
} from './registry-metrics.ts';
import { createRolloutMetrics, type RolloutMetrics } from './rollout-metrics.ts';
import {
  createServingMetrics,
  type ServingMetrics,
  type ServingSources,
} from './serving-metrics.ts';
import {
  createTrainingMetrics,
  type TrainingMetrics,
  type TrainingSources,
} from './training-metrics.ts';

/** How many models one metric of training keeps apart: names that callers make up, one run each. */
export const maxTrainedModels = 20;

export interface MetricsOptions {
  readonly version: string;
  /** How many models the other metrics keep apart; further ones are counted as `other`. */
  readonly maxModels?: number;
  /** What the other processes of this server have collected; left out where there is one process. */
  readonly others?: () => Promise<Collected[]>;
}

const usualMaxModels = 100;

/** One method per observed fact; the rooms report through callbacks that compose.ts wires to these. */
export interface Metrics
  extends
    HttpMetrics,
    ServingMetrics,
    RolloutMetrics,
    EvidenceMetrics,
    MemoryMetrics,
    RegistryMetrics,
    TrainingMetrics {
  /** From now on gauges are read from these at every scrape; until then they say nothing is there. */
  watch(sources: MetricSources): void;
  /** Everything, in the Prometheus text format unless the other is asked for. */
  render(format?: ExpositionFormat): Promise<Exposition>;
  /** Everything that this process has collected. */
  collect(): Promise<Collected>;
  /** The same of all processes of this server. */
  collectAll(): Promise<Collected>;
  /** What there is: the test that holds docs/metrics.md true reads it. */
  describe(): MetricDescription[];
  /** Stops the collectors of the process metrics. */
  close(): void;
}

/** One scrape as it goes over the wire. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

export interface MetricSources
  extends
    ServingSources,
    EvidenceSources,
    MemorySources,
    ProcessSources,
    RegistrySources,
    TrainingSources {}

export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * Gauges of prom-client whose names end as only a counter's may (`promtool check metrics` says so); each is
 * the sum of the gauge without that ending.
 */
const misnamedGauges = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** A registry of its own, never prom-client's global one: two servers in one process do not mix. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { version, maxModels = usualMaxModels, others } = options;
  const register = new Registry();
  let sources: MetricSources | undefined;
  const boundModel = boundedLabel(maxModels);
  const source = (): MetricSources | undefined => sources;
  new Gauge({
    name: 'glimpse_build_info',
    help: 'Always 1; its labels say which release runs on which Node.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers: [register],
  }).set({ version, node: process.version }, 1);
  const families = {
    ...createHttpMetrics(register),
    ...createServingMetrics(register, source, boundModel),
    ...createEvidenceMetrics(register, source, boundModel),
    ...createRolloutMetrics(register, boundModel),
    ...createMemoryMetrics(register, source),
    ...createRegistryMetrics(register, source, boundModel),
    ...createTrainingMetrics(register, source, boundedLabel(maxTrainedModels)),
  };
  registerProcessMetrics(register, source);
  const collect = (): Promise<Collected> => register.getMetricsAsJSON();
  const all = async () => (others ? merged([await collect(), ...(await others())]) : register);
  const openMetrics = async (): Promise<string> => {
    const processes = [await collect(), ...((await others?.()) ?? [])];
    const registry = others ? merged(processes) : register;
    return toOpenMetrics(await registry.metrics(), exemplarsOf(processes));
  };
  collectDefaultMetrics({ register });
  for (const name of misnamedGauges) register.removeSingleMetric(name);
  return {
    ...families,
    watch: (given) => {
      sources = given;
    },
    render: async (format = 'prometheus') => {
      if (format === 'openmetrics') {
        return { contentType: openMetricsType, body: await openMetrics() };
      }
      return { contentType: register.contentType, body: await (await all()).metrics() };
    },
    collect,
    collectAll: async () => (await all()).getMetricsAsJSON(),
    describe: () => describe(register),
    close: () => register.clear(),
  };
}

function describe(register: Registry): MetricDescription[] {
  return register.getMetricsAsArray().map((metric) => ({
    name: metric.name,
    type: 'type' in metric ? String(metric.type) : '',
    help: metric.help,
    labels:
      'labelNames' in metric && Array.isArray(metric.labelNames)
        ? metric.labelNames.filter((label): label is string => typeof label === 'string')
        : [],
  }));
}
